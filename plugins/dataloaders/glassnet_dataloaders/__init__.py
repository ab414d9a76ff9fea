"""Batches from iterables and from data in files."""
