"""glassnet's own accelerators: kernels that Numba compiles."""
