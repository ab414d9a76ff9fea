"""The derivative of each function of NumPy that the tape knows: a module for each family."""

from __future__ import annotations

from glassnet_autodiff.rules import (
    cumulative,
    decompositions,
    einsum,
    elementwise,
    fourier,
    linear_algebra,
    moving,
    norms,
    ordering,
    polynomials,
    products,
    reductions,
    statistics,
    ufunc_methods,
)
from glassnet_autodiff.rules.rule import Rules

# If two families have a rule for a function, the later one is better: a sum is simpler than a chain of additions.
COMPLEX_RULES: Rules = (
    ufunc_methods.RULES
    | elementwise.RULES
    | reductions.RULES
    | cumulative.RULES
    | moving.RULES
    | products.RULES
    | einsum.RULES
    | linear_algebra.RULES
    | norms.RULES
    | fourier.RULES
    | statistics.RULES
    | polynomials.RULES
)
RULES: Rules = (
    COMPLEX_RULES
    | ufunc_methods.REAL_RULES
    | elementwise.REAL_RULES
    | reductions.REAL_RULES
    | ordering.REAL_RULES
    | decompositions.REAL_RULES
)
