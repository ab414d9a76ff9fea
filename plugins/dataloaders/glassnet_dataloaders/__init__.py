"""Batches from iterables and from data that lie in files."""
