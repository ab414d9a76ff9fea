"""Compiles the formulas of components: one loop in place of a pass over the memory for each operation."""
