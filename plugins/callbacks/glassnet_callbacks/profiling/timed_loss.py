"""A loss whose forward and backward are timed."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.profile_row import ProfileRow
from glassnet_callbacks.profiling.replacement import Wrapper
from glassnet_callbacks.profiling.stopwatch import Account, Stopwatch


def timed_loss(loss: gn.Loss, part: ProfileRow, stopwatch: Stopwatch) -> Any:
    """Return what does the same as `loss`, fused or not, and charges the time to `part`."""

    def timed(name: str, account: Account) -> Any:
        return stopwatch.timed(account, getattr(loss, name))

    def fuse(activation: gn.Activation) -> Any:
        fused = loss.fuse(activation)
        return None if fused is None else timed_loss(fused, part, stopwatch)

    forward, backward = timed("forward", part.forward), timed("backward", part.backward)

    def value_and_gradient(y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        return forward(y_pred, y_true), backward(y_pred, y_true)

    if type(loss).value_and_gradient is not gn.Loss.value_and_gradient:
        value_and_gradient = timed("value_and_gradient", part.other)
    return Wrapper(
        loss,
        fuse=fuse,
        forward=forward,
        per_sample=timed("per_sample", part.forward),
        backward=backward,
        value_and_gradient=value_and_gradient,
    )
