"""Stops a training at the first value that is not finite, and finds where it came from."""
