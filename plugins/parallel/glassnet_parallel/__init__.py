"""Threads of our own, and the number of threads that BLAS uses."""
