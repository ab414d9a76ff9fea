"""Access to what a network computes: outputs of layers, gradients, products with derivatives, curvature."""
