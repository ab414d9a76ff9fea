"""Networks as modules of PyTorch and models of Keras, and these as networks."""
