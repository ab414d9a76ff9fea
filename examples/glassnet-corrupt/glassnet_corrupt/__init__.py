"""Corruptions: a kind of component of their own, two of them, and the callback that applies them."""
