"""Changes of a network that keep its weights: frozen layers, new heads, slices, weights from elsewhere."""
