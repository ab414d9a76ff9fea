"""The functions of NumPy, beside ufuncs, that are recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet_fusion.record import WHERE, WRITE, NotTracedError, Record, Symbol


def _where(record: Record, condition: Any, x: Any = None, y: Any = None) -> Symbol:
    if x is None or y is None or type(condition) is not Symbol:
        raise NotTracedError("it calls np.where for positions")
    return record.add(WHERE, condition, x, y)


def _clip(record: Record, a: Any, a_min: Any = None, a_max: Any = None, out: Any = None) -> Symbol:
    if a_min is None or a_max is None or type(a) is not Symbol:
        raise NotTracedError("it calls np.clip without both bounds")
    # A value that equals a bound stays, which is another zero than np.maximum chooses.
    raised = record.add(WHERE, record.add(np.less, a, a_min), a_min, a)
    limited = record.add(WHERE, record.add(np.greater, raised, a_max), a_max, raised)
    if out is None:
        return limited
    if type(out) is not Symbol:
        raise NotTracedError("it writes into an array that it did not get")
    record.add(WRITE, out, limited)
    return out


def _copyto(record: Record, target: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    if type(target) is not Symbol:
        raise NotTracedError("it writes into an array that it did not get")
    if where is not True:
        source = record.add(WHERE, where, source, target)
    record.add(WRITE, target, source)


def _full_like(record: Record, a: Symbol, fill_value: Any, dtype: Any = None, shape: Any = None) -> Symbol:
    if dtype is not None or shape is not None:
        raise NotTracedError("it makes an array of another type or shape")
    # Any array of this shape; its values do not matter.
    new = record.add(np.positive, a)
    record.add(WRITE, new, fill_value)
    return new


def _zeros_like(record: Record, a: Symbol, dtype: Any = None, shape: Any = None) -> Symbol:
    return _full_like(record, a, 0.0, dtype, shape)


def _ones_like(record: Record, a: Symbol, dtype: Any = None, shape: Any = None) -> Symbol:
    return _full_like(record, a, 1.0, dtype, shape)


def _copy(record: Record, a: Symbol) -> Symbol:
    return record.add(np.positive, a)


def _astype(record: Record, a: Symbol, dtype: Any, copy: bool = True) -> Symbol:
    return a.astype(dtype, copy)


def _sum(record: Record, a: Symbol, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.sum(axis, dtype, keepdims)


def _mean(record: Record, a: Symbol, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.mean(axis, dtype, keepdims)


def _max(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.max(axis, keepdims)


def _min(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.min(axis, keepdims)


def _reshape(record: Record, a: Symbol, shape: Any) -> Symbol:
    return a.reshape(shape)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.clip: _clip,
    np.copyto: _copyto,
    np.full_like: _full_like,
    np.zeros_like: _zeros_like,
    np.empty_like: _zeros_like,
    np.ones_like: _ones_like,
    np.copy: _copy,
    np.astype: _astype,
    np.sum: _sum,
    np.mean: _mean,
    np.max: _max,
    np.min: _min,
    np.reshape: _reshape,
}
