"""Constraints that ship with glassnet, one a file."""
