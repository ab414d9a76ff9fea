"""Formulas over more axes than rows and columns: one sample after another, each with loops over all of its axes."""
