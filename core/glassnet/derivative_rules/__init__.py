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
from glassnet.derivative_rules.rule import Rules, of_real_numbers

# A family after another has the better rule where both have one: the sum of all is simpler than a chain of sums.
OF_ANY_NUMBERS: Rules = (
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
OF_REAL_NUMBERS: Rules = (
    ufunc_methods.REAL_RULES
    | elementwise.REAL_RULES
    | reductions.REAL_RULES
    | ordering.RULES
    | decompositions.REAL_RULES
)
RULES: Rules = OF_ANY_NUMBERS | {function: of_real_numbers(rule) for function, rule in OF_REAL_NUMBERS.items()}
