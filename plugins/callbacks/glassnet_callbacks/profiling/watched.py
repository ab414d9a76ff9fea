"""Arrays that tell a stopwatch of the matrix products that they go into."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import cache
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from glassnet_callbacks.profiling.stopwatch import Account, Stopwatch

_CALLS = 50
_PRODUCTS = {np.dot, np.vdot, np.inner, np.einsum, np.tensordot}


class WatchedArray(np.ndarray[Any, Any]):
    """A view of an array. NumPy's results of it are watched too, and computed with plain arrays."""

    stopwatch: ClassVar[Stopwatch]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self._call(function, _is_product(ufunc), inputs, options)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        if function not in _PRODUCTS:
            return super().__array_function__(function, types, arguments, options)
        return self._call(function, True, arguments, options)

    def dot(self, other: Any, out: Any = None) -> Any:
        return np.dot(self, other, out=out)

    def _call(self, function: Callable[..., Any], is_product: bool, arguments: Any, options: dict[str, Any]) -> Any:
        """Call a function with plain arrays; what is done here besides is charged to the work of watching."""
        stopwatch = self.stopwatch
        stopwatch.count_call()
        stopwatch.open(stopwatch.watching)
        values = [plain(argument) for argument in arguments]
        named = {name: plain(option) for name, option in options.items()}
        stopwatch.close()
        result = stopwatch.product(function, *values, **named) if is_product else function(*values, **named)
        stopwatch.open(stopwatch.watching)
        outputs = options.get("out")
        if outputs is None:
            result = watched(result, type(self))
        elif isinstance(outputs, tuple):
            result = outputs[0] if len(outputs) == 1 else outputs
        else:
            result = outputs
        stopwatch.close()
        return result


@cache
def _is_product(ufunc: np.ufunc) -> bool:
    """Tell whether two inputs share an axis that no output has, as in ``(m,k),(k,n)->(m,n)``: it sums over products."""
    inputs, _, outputs = (ufunc.signature or "").partition("->")
    axes = [set(re.findall(r"\w+", each)) for each in inputs.split("),(")]
    kept = set(re.findall(r"\w+", outputs))
    return any((one & another) - kept for one, another in itertools.combinations(axes, 2))


def watched_by(stopwatch: Stopwatch) -> type[WatchedArray]:
    """Return the class of the arrays that tell `stopwatch`; a view need not copy what its class has."""
    return type("WatchedArray", (WatchedArray,), {"stopwatch": stopwatch})


def delay_of_a_call() -> float:
    """Return the seconds that a call takes longer with a watched array, beyond those charged to the work of watching.

    That is a microsecond or two of NumPy and Python. It is the median of some calls of the same function.
    """
    stopwatch = Stopwatch(Account(), Account())
    array = np.ones(1)
    view = watched(array, watched_by(stopwatch))
    delays = []
    for _ in range(_CALLS):
        start = perf_counter()
        np.add(array, array)
        between = perf_counter()
        charged = stopwatch.watching.seconds
        np.add(view, view)
        end = perf_counter()
        delays.append((end - between) - (stopwatch.watching.seconds - charged) - (between - start))
    return max(0.0, float(np.median(delays)))


def watched(value: Any, kind: type[WatchedArray]) -> Any:
    """Return an array, or those in a tuple or nested by name, as watched views; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.view(kind)
    if isinstance(value, dict):
        return {name: watched(each, kind) for name, each in value.items()}
    return tuple(watched(each, kind) for each in value) if isinstance(value, tuple) else value


def plain(value: Any) -> Any:
    """Return a watched array, or those in a tuple or list, as plain ones."""
    if isinstance(value, WatchedArray):
        return value.view(np.ndarray)
    return type(value)(map(plain, value)) if type(value) in (tuple, list) else value
