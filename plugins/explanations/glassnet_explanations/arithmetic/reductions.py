"""How an element of a sum, mean, product, extreme or variance over axes was computed."""

from __future__ import annotations

import math

import numpy as np

from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.statement import TapeEntry
from glassnet_explanations.arithmetic.line import MOST_TERMS
from glassnet_explanations.arithmetic.operation import Operand, Operation

_EXTREMES = {"max": "max", "amax": "max", "min": "min", "amin": "min"}
_NAMES = {*_EXTREMES, "sum", "mean", "prod", "var", "std"}
_REDUCED_BY = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}


def reduced(statement: TapeEntry, y: Array, index: int) -> Operation | None:
    """Return how an element was computed, or None if the operation is not one over axes."""
    *owner, name = name_of(statement.function).split(".")
    if name == "reduce":
        name = _REDUCED_BY.get(owner[-1], "")
    if name not in _NAMES or not isinstance(statement.values[0], np.ndarray):
        return None
    operands = _along_axes(statement, y, index, default=0 if owner[-1:] in ([key] for key in _REDUCED_BY) else None)
    if operands is None:
        return None
    if name in _EXTREMES:
        return Operation(f"{_EXTREMES[name]}({', '.join(['{}'] * len(operands))})", operands)
    if name == "prod":
        return Operation(" · ".join(["{}"] * len(operands)), operands)
    if name in ("var", "std"):
        return _deviation(operands, len(operands) - int(statement.named.get("ddof", 0)), is_root=name == "std")
    divisor = len(operands) if name == "mean" else 1
    return Operation(" + ".join(["{}"] * len(operands)), operands, factors=1, divisor=divisor)


def _along_axes(statement: TapeEntry, y: Array, index: int, default: int | None) -> tuple[Operand, ...] | None:
    """Return the elements that an element of the result belongs to, or None if not all count alike."""
    value = statement.values[0]
    axis = statement.named.get("axis", statement.values[1] if len(statement.values) > 1 else default)
    kept = np.sum(value, axis=axis, keepdims=True).shape
    if math.prod(kept) != y.size or statement.named.get("where", True) is not True:
        return None
    numbers = np.arange(y.size).reshape(kept)
    places = np.flatnonzero(np.broadcast_to(numbers, value.shape).ravel() == index)
    return tuple(Operand(0, 0, int(place), float(np.real(value.flat[place]))) for place in places)


def _deviation(operands: tuple[Operand, ...], count: int, *, is_root: bool) -> Operation:
    """Return the mean of the squared differences from the mean, or its root; of many, the largest, and the rest."""
    mean = Operand(-1, 0, 0, math.fsum(operand.value for operand in operands) / len(operands))
    ordered = sorted(operands, key=lambda operand: -abs(operand.value - mean.value))
    most = len(ordered) if len(ordered) <= MOST_TERMS else MOST_TERMS - 1
    shown = [operand for operand in operands if operand in ordered[:most]]
    parts = ["({} - {})^2"] * len(shown)
    terms = [each for operand in shown for each in (operand, mean)]
    if len(shown) < len(operands):
        rest = math.fsum((operand.value - mean.value) ** 2 for operand in ordered[most:])
        parts.append("{}")
        terms.append(Operand(-1, 0, 0, rest))
    pattern = f"({' + '.join(parts)}) / {count}"
    return Operation(f"sqrt({pattern})" if is_root else pattern, tuple(terms))
