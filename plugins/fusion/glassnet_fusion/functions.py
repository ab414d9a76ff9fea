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


@recorded(np.var)
def _var(record: Record, a: Symbol, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Symbol:
    return a.var(axis, ddof, keepdims)


@recorded(np.std)
def _std(record: Record, a: Symbol, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Symbol:
    return a.std(axis, ddof, keepdims)


@recorded(np.max, np.amax)
def _max(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.max(axis, keepdims)


@recorded(np.min, np.amin)
def _min(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.min(axis, keepdims)


@recorded(np.reshape)
def _reshape(record: Record, a: Symbol, shape: Any) -> Symbol:
    return a.reshape(shape)


@recorded(np.ravel)
def _ravel(record: Record, a: Symbol) -> Symbol:
    return a.ravel()


@recorded(np.expand_dims)
def _expand_dims(record: Record, a: Symbol, axis: Any) -> Symbol:
    # A view of no memory knows its shape.
    return a.reshape(np.expand_dims(np.broadcast_to(np.empty((), "?"), a.shape), axis).shape)


@recorded(np.squeeze)
def _squeeze(record: Record, a: Symbol, axis: Any = None) -> Symbol:
    return a.reshape(np.squeeze(np.broadcast_to(np.empty((), "?"), a.shape), axis).shape)


@recorded(np.round, np.around)
def _round(record: Record, a: Symbol, decimals: int = 0) -> Symbol:
    if decimals != 0:
        raise NotTracedError("it rounds to decimals")
    return record.add(np.rint, a)


@recorded(np.select)
def _select(record: Record, conditions: Any, choices: Any, default: Any = 0) -> Symbol:
    chosen: Any = default
    for condition, choice in reversed([*zip(conditions, choices, strict=True)]):
        chosen = record.add(WHERE, condition, choice, chosen)
    selected: Symbol = chosen
    return selected
