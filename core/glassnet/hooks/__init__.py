"""The hooks of one training run, and how callbacks are called."""
