"""The decision surface: what a network with two inputs answers everywhere on the plane."""
