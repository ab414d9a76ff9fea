"""Splits: samples with their targets."""
