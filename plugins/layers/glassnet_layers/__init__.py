"""Layers that ship with glassnet, one a file."""
