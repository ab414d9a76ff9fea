"""A layer, a callback, a dataset and a command in one distribution, each in a file of its own."""
