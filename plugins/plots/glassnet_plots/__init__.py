"""Plots of networks and their trainings, each a component of the kind ``plot``, and the recordings that they need."""
