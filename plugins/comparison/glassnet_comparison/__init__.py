"""Runs side by side: how they differ, where they part, and whether they can be repeated."""
