"""Transforms: what makes numbers for a network of the columns of a table; each is one file."""
