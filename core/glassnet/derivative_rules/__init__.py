"""The derivative of each function of NumPy that `glassnet.autodiff` knows: a module for each family."""

from __future__ import annotations

from glassnet.derivative_rules import (
    cumulative,
    decompositions,
    elementwise,
    fourier,
    linear_algebra,
    moving,
    ordering,
    products,
    reductions,
    statistics,
    ufunc_methods,
)
from glassnet.derivative_rules.rule import Rules

# A family after another has the better rule where both have one: the sum of all is simpler than a chain of sums.
COMPLEX_RULES: Rules = (
    ufunc_methods.RULES
    | elementwise.RULES
    | reductions.RULES
    | cumulative.RULES
    | moving.RULES
    | products.RULES
    | linear_algebra.RULES
    | fourier.RULES
    | statistics.RULES
)
RULES: Rules = (
    COMPLEX_RULES
    | ufunc_methods.REAL_RULES
    | elementwise.REAL_RULES
    | reductions.REAL_RULES
    | ordering.REAL_RULES
    | decompositions.REAL_RULES
)
