"""The functions of NumPy, beside ufuncs, that are recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet_fusion.entries import FILL, PAD, SPREAD, WHERE, WINDOWS, WRITE, NotTracedError
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
    if any(getattr(each, "ndim", 0) for each in (a_min, a_max)):
        # Between zeros, NumPy chooses by the strides of the bounds.
        raise NotTracedError("it calls np.clip with bounds that are arrays")
    if a_min != a_min or a_max != a_max:
        raise NotTracedError("it calls np.clip with bounds that are NaN")
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
    if shape is not None:
        return _filled(record, a, fill_value, dtype, shape)
    if dtype is not None:
        return _filled(record, a, fill_value, dtype, a.shape)
    # Any array of this shape; its values do not matter.
    new = record.add(np.positive, a)
    record.add(WRITE, new, fill_value)
    return new


def _filled(record: Record, a: Symbol, fill_value: Any, dtype: Any, shape: Any) -> Symbol:
    if type(fill_value) not in (int, float):
        raise NotTracedError("it fills an array with what is not a number of Python")
    sizes = tuple(map(int, shape)) if isinstance(shape, tuple | list) else (int(shape),)
    return record.note(FILL, a, sizes, np.dtype(a.dtype if dtype is None else dtype), float(fill_value))


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


@recorded(np.broadcast_to)
def _broadcast_to(record: Record, array: Symbol, shape: Any) -> Symbol:
    wanted = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    # A view of no memory finds what does not fit.
    return record.note(SPREAD, array, np.broadcast_to(np.broadcast_to(np.empty((), "?"), array.shape), wanted).shape)


@recorded(np.transpose, np.permute_dims)
def _transpose(record: Record, a: Symbol, axes: Any = None) -> Symbol:
    return a.transpose() if axes is None else a.transpose(axes)


@recorded(np.argmax)
def _argmax(record: Record, a: Symbol, axis: Any = None, *, keepdims: bool = False) -> Symbol:
    return a.argmax(axis, keepdims)


@recorded(np.pad)
def _pad(record: Record, array: Symbol, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Symbol:
    if mode != "constant" or type(constant_values) not in (int, float):
        raise NotTracedError("it calls np.pad with more than one number")
    widths = np.broadcast_to(np.asarray(pad_width, np.int64), (array.ndim, 2)).tolist()
    if not np.any(widths):
        return record.add(np.positive, array)
    return record.note(PAD, array, float(constant_values), tuple(map(tuple, widths)))


@recorded(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(record: Record, x: Symbol, window_shape: Any, axis: Any = None, **options: Any) -> Symbol:
    sizes = tuple(window_shape) if isinstance(window_shape, tuple | list) else (window_shape,)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    every = tuple(each % x.ndim for each in axes)
    if options or len(sizes) != len(every) or len({*every}) != len(every):
        raise NotTracedError("it calls np.lib.stride_tricks.sliding_window_view in a way that is not known")
    if any(size > x.shape[one] for size, one in zip(sizes, every, strict=True)):
        raise NotTracedError("it slides windows over an array that is smaller")
    return record.note(WINDOWS, x, (sizes, every))


@recorded(np.round, np.around)
def _round(record: Record, a: Symbol, decimals: int = 0) -> Symbol:
    if decimals != 0:
        raise NotTracedError("it rounds to decimals")
    return record.add(np.rint, a)


@recorded(np.select)
def _select(record: Record, conditions: Any, choices: Any, default: Any = 0) -> Symbol:
    kinds = [each.dtype if type(each) is Symbol else each for each in (*choices, default)]
    chosen: Any = default
    for condition, choice in reversed([*zip(conditions, choices, strict=True)]):
        chosen = record.add(WHERE, condition, choice, chosen)
    # Of two numbers, a choice makes an array of float64 or int64.
    selected: Symbol = chosen.astype(np.result_type(*kinds), copy=False)
    return selected
