"""Layers in order, their parameters in one vector, and the objective."""
