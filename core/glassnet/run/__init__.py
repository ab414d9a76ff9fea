"""A run: what it is given, what it counts, its hooks, and how callbacks are called."""
