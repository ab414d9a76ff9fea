"""What a training leaves for plots: its layers, steps and predictions at some moments, in bounded size."""
