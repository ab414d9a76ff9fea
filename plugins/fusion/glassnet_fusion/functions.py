"""The functions of NumPy, beside ufuncs, that are recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_fusion.entries import WHERE, WRITE, NotTracedError
from glassnet_fusion.record import Record, Symbol, recorded


@recorded(np.where)
def _where(record: Record, condition: Any, x: Any = None, y: Any = None) -> Symbol:
    if x is None or y is None or type(condition) is not Symbol:
        raise NotTracedError("it calls np.where for positions")
    return record.add(WHERE, condition, x, y)


@recorded(np.clip)
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


@recorded(np.copyto)
def _copyto(record: Record, target: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    if type(target) is not Symbol:
        raise NotTracedError("it writes into an array that it did not get")
    if where is not True:
        source = record.add(WHERE, where, source, target)
    record.add(WRITE, target, source)


@recorded(np.full_like)
def _full_like(record: Record, a: Symbol, fill_value: Any, dtype: Any = None, shape: Any = None) -> Symbol:
    if dtype is not None or shape is not None:
        raise NotTracedError("it makes an array of another type or shape")
    # Any array of this shape; its values do not matter.
    new = record.add(np.positive, a)
    record.add(WRITE, new, fill_value)
    return new


@recorded(np.zeros_like, np.empty_like)
def _zeros_like(record: Record, a: Symbol, dtype: Any = None, shape: Any = None) -> Symbol:
    return _full_like(record, a, 0.0, dtype, shape)


@recorded(np.ones_like)
def _ones_like(record: Record, a: Symbol, dtype: Any = None, shape: Any = None) -> Symbol:
    return _full_like(record, a, 1.0, dtype, shape)


@recorded(np.copy)
def _copy(record: Record, a: Symbol) -> Symbol:
    return record.add(np.positive, a)


@recorded(np.astype)
def _astype(record: Record, a: Symbol, dtype: Any, copy: bool = True) -> Symbol:
    return a.astype(dtype, copy)


@recorded(np.sum)
def _sum(record: Record, a: Symbol, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.sum(axis, dtype, keepdims)


@recorded(np.mean)
def _mean(record: Record, a: Symbol, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.mean(axis, dtype, keepdims)


@recorded(np.max)
def _max(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.max(axis, keepdims)


@recorded(np.min)
def _min(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.min(axis, keepdims)


@recorded(np.reshape)
def _reshape(record: Record, a: Symbol, shape: Any) -> Symbol:
    return a.reshape(shape)
