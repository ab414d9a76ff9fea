"""Augmentations: they change the images of a training at random, so that a network never sees the same batch twice."""
