"""Options of a training, the loop and its hooks, the optimizer's step, history and state."""
