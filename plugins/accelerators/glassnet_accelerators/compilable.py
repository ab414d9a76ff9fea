"""What a layer computes between its matrix products, as a function that the fuser may compile."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any


class Compilable:
    """A function of arrays alone, which writes into some of them or returns others. Used as a decorator.

    A layer names its parts in an attribute, ``parts = (step, step_back)``, and calls them as functions. NumPy computes
    them until `compiled` is set.

    Attributes
    ----------
    function, name
        What is computed, and its name.
    compiled
        What gives the same bytes: its method ``fused`` returns None where it cannot. It is None at first.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.name = function.__name__
        self.compiled: Any = None
        update_wrapper(self, function)

    def __call__(self, *arrays: Any) -> Any:
        compiled = self.compiled
        if compiled is not None:
            found = compiled.fused(*arrays)
            if found is not None:
                return found
        return self.function(*arrays)
