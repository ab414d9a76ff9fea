"""Layers in several places of a network, with one set of parameters and state for all of them."""
