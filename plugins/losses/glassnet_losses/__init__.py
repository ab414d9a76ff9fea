"""Losses that ship with glassnet, one a file."""
