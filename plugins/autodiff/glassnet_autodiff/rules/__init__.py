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
from glassnet_autodiff.rules.rule import VJPTable

# If two families have a rule for a function, the later one is better: a sum is simpler than a chain of additions.
COMPLEX_RULES: VJPTable = (
    ufunc_methods.VJPS
    | elementwise.VJPS
    | reductions.VJPS
    | cumulative.VJPS
    | moving.VJPS
    | products.VJPS
    | einsum.VJPS
    | linear_algebra.VJPS
    | norms.VJPS
    | fourier.VJPS
    | statistics.VJPS
    | polynomials.VJPS
)
VJPS: VJPTable = (
    COMPLEX_RULES
    | ufunc_methods.REAL_RULES
    | elementwise.REAL_RULES
    | reductions.REAL_RULES
    | ordering.REAL_RULES
    | decompositions.REAL_RULES
)
