"""Callbacks that send the figures of a run to programs that compare runs: TensorBoard, MLflow."""
