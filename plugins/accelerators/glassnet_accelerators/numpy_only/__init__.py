"""Accelerators that need nothing but NumPy, one a file. They are on by default."""
