"""Every function of NumPy on the tape: its derivative is that of differences, or the tape refuses the function.

The comparison with differences that `autodiff.gradient` makes itself is switched off here. A new rule needs nothing
here where one of the calls below fits the function; where none does, it gets an entry in `CALLS_OF`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from glassnet.errors import TracingError
from glassnet_autodiff import tape as autodiff

RNG = np.random.default_rng(4)
SQUARE = RNG.normal(size=(3, 3))
OTHER = RNG.normal(size=(3, 3))
INPUTS = {
    "vector": (np.array([0.7, 0.22, 0.45, 0.61]), np.array([0.3, 0.9, 0.15, 0.52])),
    "square": (SQUARE @ SQUARE.T + 2 * np.eye(3) + 0.1 * SQUARE, OTHER @ OTHER.T + 2 * np.eye(3) + 0.1 * OTHER),
    "signs": (np.array([[0.7, -1.2, 0.4], [-0.3, 2.6, 1.7]]), np.array([[1.3, 0.8, -0.6], [2.1, -0.4, 0.9]])),
    "number": (np.array(0.6), np.array(0.35)),
}


def mask(x: Any) -> Any:
    return np.arange(np.size(x)).reshape(np.shape(x)) % 2 == 0


def one_row(f: Any, x: Any, y: Any) -> Any:
    return f(x[0], y[0])


CALLS: list[Callable[[Any, Any, Any], Any]] = [
    lambda f, x, y: f(x),
    lambda f, x, y: f(x, y),
    lambda f, x, y: f(y, x, y * 2),
    lambda f, x, y: f([x, y]),
    lambda f, x, y: f((x, y), 0),
    lambda f, x, y: f([x, y], axis=-1),
    lambda f, x, y: f(x, 1),
    lambda f, x, y: f(x, 2, axis=0),
    lambda f, x, y: f(x, 1, np.float64),
    lambda f, x, y: f(x, 0, np.float64, None, True),
    lambda f, x, y: f(x, 0, None, True),
    lambda f, x, y: f(x, axis=0),
    lambda f, x, y: f(x, axis=-1, keepdims=True),
    lambda f, x, y: f(x, axis=(0, 1)),
    lambda f, x, y: f(x, axis=()),
    lambda f, x, y: f(x, None),
    lambda f, x, y: f(x, dtype=np.float64),
    lambda f, x, y: f(x, dtype=np.int64),
    lambda f, x, y: f(x, y, dtype=np.complex128),
    lambda f, x, y: f(x, initial=0.8),
    lambda f, x, y: f(x, initial=y[0, 0]),
    lambda f, x, y: f(x, ddof=1),
    lambda f, x, y: f(x, 0, None, None, 1),
    lambda f, x, y: f(x, correction=1),
    lambda f, x, y: f(x, mean=y[:1], axis=0),
    lambda f, x, y: f(x, weights=y),
    lambda f, x, y: f(x, 0, y),
    lambda f, x, y: f(x, prepend=y, append=y[:1]),
    lambda f, x, y: f(x, where=mask(x), initial=0.1),
    lambda f, x, y: f(x, where=mask(x)),
    lambda f, x, y: f(x, 0.3, 0.5),
    lambda f, x, y: f(x, min=0.3, max=y),
    lambda f, x, y: f(x, 0.3, y, where=mask(x)),
    lambda f, x, y: f(x, axis=1, order="F"),
    lambda f, x, y: f(x, order="F"),
    lambda f, x, y: f(x, x.shape),
    lambda f, x, y: f(x, -1, order="F"),
    lambda f, x, y: f(x, [0, 1]),
    lambda f, x, y: f(x, [0, 1, 0], 0),
    lambda f, x, y: f(x, [1, 0], y[:2]),
    lambda f, x, y: f(x, [1, 0], y[0]),
    lambda f, x, y: f(x, 1, y[0], 0),
    lambda f, x, y: f(x, np.array([1, 0]), 0.5),
    lambda f, x, y: f(x, [[0, 1, 0]], axis=0),
    lambda f, x, y: f(x, [[0, 1, 0]], y[:1], axis=0),
    lambda f, x, y: f(x, mask(x)),
    lambda f, x, y: f(mask(x), x, y),
    lambda f, x, y: f(mask(x), x),
    lambda f, x, y: f(mask(x)[0], x, 1),
    lambda f, x, y: f(x, mask(x), y),
    lambda f, x, y: f(x, mask(x), y[0]),
    lambda f, x, y: f([mask(x), ~mask(x)], [x, y * y]),
    lambda f, x, y: f([mask(x)], [x], y),
    lambda f, x, y: f(x, [mask(x)], [lambda v: v * v, 2.0]),
    lambda f, x, y: f(mask(x).astype(int), [x, y]),
    lambda f, x, y: f(x, (2, 2)),
    lambda f, x, y: f(x, ((1, 0), (0, 2)), "edge"),
    lambda f, x, y: f(x, 1, mode="mean"),
    lambda f, x, y: f(x, 1, mode="linear_ramp", end_values=2.0),
    lambda f, x, y: f(x, 1, constant_values=3.0),
    lambda f, x, y: f(x, 0.4, axis=0),
    lambda f, x, y: f(x, [0.25, 0.65]),
    lambda f, x, y: f(x, 40, method="midpoint"),
    lambda f, x, y: f(x, 0, 1),
    lambda f, x, y: f(x, [0], [1]),
    lambda f, x, y: f(x, 1, 0, 1),
    lambda f, x, y: f(x, k=1),
    lambda f, x, y: f(x, n=2),
    lambda f, x, y: f(x, n=5, axis=0, norm="ortho"),
    lambda f, x, y: f(x, 3, 0, "forward"),
    lambda f, x, y: f(x, axes=1),
    lambda f, x, y: f(x, y, axes=([0], [0])),
    lambda f, x, y: f(x, y, 1),
    lambda f, x, y: f(x, y, axis=0),
    lambda f, x, y: f(x, y, axes=[(-1, -2), (-2, -1), (-1, -2)]),
    lambda f, x, y: f(x, y, mode="same"),
    lambda f, x, y: f(x, y, 0.2),
    lambda f, x, y: f(x, ord=1),
    lambda f, x, y: f(x, 3, 1, True),
    lambda f, x, y: f(x, "fro"),
    lambda f, x, y: f(x, decimals=1),
    lambda f, x, y: f(x, copy=False),
    lambda f, x, y: f(x, nan=0.0),
    lambda f, x, y: f(x, int),
    lambda f, x, y: f(x, float),
    lambda f, x, y: f(x, np.float32).astype(np.float64),
    lambda f, x, y: f(x, complex),
    lambda f, x, y: f(x, fill_value=y[0]),
    lambda f, x, y: f(x, y, shape=(2, *x.shape)),
    lambda f, x, y: f(x, return_index=True),
    lambda f, x, y: f("ij,jk", x, y),
    lambda f, x, y: f("ij,jk->ki", x, y, optimize=True),
    lambda f, x, y: f("...j,...j->...", x, y),
    lambda f, x, y: f("ii->i", x),
    lambda f, x, y: f("ii", x),
    lambda f, x, y: f("i...->...", x),
    lambda f, x, y: f(x, [0, 1], y, [1, 2], [0, 2]),
    lambda f, x, y: f(f(x, y), x),
    lambda f, x, y: f(x, y[0]),
    lambda f, x, y: f(x[0], y),
    lambda f, x, y: f(x[0], x),
    one_row,
    lambda f, x, y: f(x[0]),
    lambda f, x, y: f(x[:1], 3),
    lambda f, x, y: f(x[0], 2),
    lambda f, x, y: f(2, x),
    lambda f, x, y: f(0.4, x, y),
    lambda f, x, y: f(0.43, np.sort(y), x),
    lambda f, x, y: f(x, [-1.0, 0.5, 3.0], y[:3]),
    lambda f, x, y: f(x, x),
    lambda f, x, y: f(x.T, y.T),
    lambda f, x, y: f(x[::-1], y[..., ::-1]),
    lambda f, x, y: f(x + 1j * y),
    lambda f, x, y: f(x + 1j * y, y - 2j * x),
    lambda f, x, y: f(x + 1j * y, axis=0),
    lambda f, x, y: f([x + 1j * y, y]),
    lambda f, x, y: f(x, y * 1j, x * 2j),
    lambda f, x, y: f(mask(x), x * 1j, y),
    lambda f, x, y: f(x, lambda v: v),
    lambda f, x, y: f(lambda v: v.sum(), 0, x),
    lambda f, x, y: f(np.sum, x, [0]),
    lambda f, x, y: f(x, x.shape[-1:]),
    lambda f, x, y: f(3, like=x),
]
# Not for numbers: NumPy 2.4 crashes where np.cumprod of a number, or of a matrix, writes to an array of other axes.
CALLS_WITH_OUT: list[Callable[[Any, Any, Any], Any]] = [
    lambda f, x, y: f(x, y, where=mask(x), out=x * 3),
    lambda f, x, y: f(x, where=mask(x), out=y * 3),
    lambda f, x, y: f(x, out=np.zeros_like(x)),
    lambda f, x, y: f(x, y, out=np.zeros_like(x)),
    lambda f, x, y: f(x, y, np.zeros_like(x)),
    lambda f, x, y: f(x, np.zeros_like(x)),
    lambda f, x, y: f(x, y, y * 2, np.zeros_like(x)),
    lambda f, x, y: f(x, 0, None, np.zeros_like(x)),
    lambda f, x, y: f(x, -0.5, 0.5, np.zeros_like(x)),
    lambda f, x, y: f("ij,kj->ik", x, y, out=np.zeros_like(x)),
]
CALLS_OF: dict[str, list[Callable[[Any, Any, Any], Any]]] = {
    **{f"np.{name}": [lambda f, x, y: f(x, 0, None, np.zeros_like(x[0]))] for name in ("sum", "prod", "mean")},
    **{f"np.{name}": [lambda f, x, y: f(x, 0, np.zeros_like(x[0]))] for name in ("max", "min", "median")},
    **{f"np.{name}": [lambda f, x, y: f(x, 0, None, np.zeros_like(x[0]), 1)] for name in ("std", "var")},
}

NOT_CALLED = {
    *("test", "save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "genfromtxt", "fromfile", "fromregex"),
    *("info", "show_config", "show_runtime", "set_printoptions", "printoptions", "setbufsize", "seterr", "seterrcall"),
    *("get_include", "frompyfunc", "nested_iters", "empty", "empty_like"),
}
MODULES = {
    "np": np,
    "np.linalg": np.linalg,
    "np.fft": np.fft,
    "np.emath": np.emath,
    "np.lib.stride_tricks": np.lib.stride_tricks,
    "np.polynomial.polynomial": np.polynomial.polynomial,
}
FUNCTIONS = {
    f"{prefix}.{name}": getattr(module, name)
    for prefix, module in MODULES.items()
    for name in dir(module)
    if not name.startswith("_") and name not in NOT_CALLED
    if callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
}
FUNCTIONS |= {
    f"np.{name}.{method}": getattr(ufunc, method)
    for name, ufunc in vars(np).items()
    if isinstance(ufunc, np.ufunc) and ufunc.__name__ == name
    for method in ("reduce", "accumulate", "reduceat", "outer", "at")
}
IN_FILES = {"dump", "tofile"}
METHODS = [name for name in dir(np.ndarray) if not name.startswith("__") and name not in IN_FILES]


def called(name: str) -> Callable[..., Any]:
    """Return a method as a function of the array, or what reads an attribute."""

    def call(x: Any, *arguments: Any, **named: Any) -> Any:
        found = getattr(x, name)
        return found(*arguments, **named) if callable(found) else found

    return call


def total(*results: Any) -> Any:
    """Return one number that all floating numbers in the results have a share in, each another one."""
    summed: Any = 0.0
    for result in results:
        if isinstance(result, (list, tuple)):
            summed = summed + total(*result)
        elif isinstance(result, (float, complex, np.generic, np.ndarray)):
            if getattr(result, "dtype", np.dtype(float)).kind not in "fcO":
                continue
            weights = np.cos(1.0 + np.arange(np.size(result))).reshape(np.shape(result))
            parts = [result.real, result.imag] if np.iscomplexobj(result) else [result]
            for part, factor in zip(parts, (1.0, -0.7), strict=False):
                summed = summed + factor * np.sum(weights * part)
    return summed


def slope(value: Callable[..., float], arrays: list[Any], direction: list[Any]) -> float | None:
    """Return the slope along a direction by differences, or None where it cannot be measured."""

    def at(step: float) -> float:
        return value(*(np.asarray(array + step * way) for array, way in zip(arrays, direction, strict=True)))

    near, far = (at(1e-5) - at(-1e-5)) / 2e-5, (at(2e-5) - at(-2e-5)) / 4e-5
    if not np.isfinite([near, far]).all() or abs(near - far) > 1e-4 * max(1.0, abs(near)):
        return None
    return (4 * near - far) / 3


def wrong(function: Any, calls: list[Any]) -> Iterator[str]:
    """Yield each call for which the tape gives a derivative, and another one than differences."""
    for title, arrays in INPUTS.items():
        for number, call in enumerate([*calls, *(CALLS_WITH_OUT if title != "number" else ())]):

            def value(x: Any, y: Any, call: Any = call) -> Any:
                return total(call(function, x, y), x, y)  # the arrays too, for what is written into them

            try:
                value(*map(np.copy, arrays))
            except Exception:  # no call for this function
                continue
            direction = [np.random.default_rng(number).normal(size=one.shape) for one in arrays]
            expected = slope(value, list(arrays), direction)
            if expected is None:
                continue
            try:
                gradients = autodiff.gradient(value, *arrays)
            except TracingError:
                continue
            got = sum(float(np.sum(g * way)) for g, way in zip(gradients, direction, strict=True))
            if not abs(got - expected) <= 1e-6 * max(1.0, abs(expected)):
                yield f"{title}, call {number}: got {got:.6g}, expected {expected:.6g}"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(autodiff, "check_slopes", lambda *_: None)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_right_or_refused(name: str) -> None:
    found = list(wrong(FUNCTIONS[name], [*CALLS, *CALLS_OF.get(name, [])]))
    assert not found, "; ".join(found)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_or_attribute_is_right_or_refused(name: str) -> None:
    is_method = callable(getattr(np.ndarray, name))
    found = list(wrong(called(name), CALLS if is_method else CALLS[:1]))
    assert not found, "; ".join(found)
