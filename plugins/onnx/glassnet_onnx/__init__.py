"""ONNX: networks as graphs that other programs run, and graphs of other programs as networks."""
