"""Comparing, shrinking and printing, which many checks use."""
