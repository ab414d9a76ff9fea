"""The first operation within a layer or a loss that gives NaN or infinity: on the tape, with its numbers."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import numpy as np

from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.loss import Loss
from glassnet.types import Array
from glassnet_autodiff.derivatives import name_of
from glassnet_autodiff.statement import TapeEntry
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_layer import trace_layer


def in_layer(layer: Layer, params: Arrays, x: Array, ctx: Context) -> str:
    """Return the first operation of a layer that is not finite, such as ``"np.log(-2) = nan (swish.py, line 9)"``.

    The text is empty if the tape cannot follow the layer.
    """
    with suppress(Exception):  # the layer has failed already, and the tape may not know its operations
        return _first_told(trace_layer(layer, params, x, ctx, ctx.state).tape)
    return ""


def in_loss(loss: Loss, y_pred: Array, y_true: Array) -> str:
    """Return the first operation of a loss that is not finite, or an empty text."""
    with suppress(Exception):
        tape = Tape(y_pred.dtype)
        predictions: Any = tape.array(y_pred)
        loss.forward(predictions, y_true)
        return _first_told(tape)
    return ""


def _first_told(tape: Tape) -> str:
    return next(filter(None, map(_told, tape.statements)), "")


def _told(entry: TapeEntry) -> str:
    """Return an operation with the numbers of the first element that is not finite though all of its numbers are."""
    y = np.asarray(entry.y)
    if y.dtype.kind != "f" or np.isfinite(y).all():
        return ""
    where = f" ({os.path.basename(entry.line)})" if entry.line else ""
    if not entry.is_elementwise:
        is_given_finite = all(np.isfinite(value).all() for value in entry.values if _is_number(value))
        return f"{name_of(entry.function)} gives {y[~np.isfinite(y)][0]}{where}" if is_given_finite else ""
    values = [np.broadcast_to(value, y.shape) for value in entry.values]
    is_new = ~np.isfinite(y) & np.all([np.isfinite(value) for value in values], axis=0)
    if not is_new.any():
        return ""
    place = tuple(np.argwhere(is_new)[0])
    numbers = ", ".join(f"{value[place]:.4g}" for value in values)
    return f"{name_of(entry.function)}({numbers}) = {y[place]}{where}"


def _is_number(value: object) -> bool:
    return np.asarray(value).dtype.kind in "fiub"
