"""The replacement for a loss."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.loss import losses_of
from glassnet_accelerators.choice import preparation, replaced_exactly
from glassnet_fusion.formula import formula_of
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.replacement import Replacement


class FusedLoss(Replacement, gn.LossWrapper):
    """Computes what another loss computes in few passes over the memory, to the same bytes."""

    replaces = "loss"

    def forward(self, y_pred: gn.Array, y_true: gn.Array) -> float:
        if not takes_the_mean(self.loss):
            return self.loss.forward(y_pred, y_true)
        return _mean(losses_of(self, y_pred, y_true))

    def per_sample(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        losses: gn.Array = per_sample_of(self.loss)(y_pred, y_true)
        return losses

    def backward(self, y_pred: gn.Array, y_true: gn.Array) -> gn.Array:
        dy: gn.Array = backward_of(self.loss)(y_pred, y_true)
        return dy

    @cached_property
    def _both(self) -> FusedFunction | None:
        return both_of(self.loss) if takes_the_mean(self.loss) else None

    def value_and_gradient(self, y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
        both = self._both.fused(y_pred, y_true) if self._both is not None else None
        if both is None:
            return self.loss.value_and_gradient(y_pred, y_true)
        losses, dy = both
        return _mean(losses), dy

    def fuse(self, activation: gn.Layer) -> gn.Loss | None:
        # Of the loss that an accelerator's `fuse` returns, it is not known whose bytes it gives.
        formula, accelerate = replaced_exactly(self.loss), preparation()
        merged = (formula or self.loss).fuse(activation)
        if merged is None:
            return None
        return FusedLoss(merged if formula is None or accelerate is None else accelerate(merged))


def _mean(losses: gn.Array) -> float:
    mean: float = _mean_of_row(losses).item()
    return mean


def _row_mean(losses: gn.Array) -> gn.Array:
    # As one row of an array: compiled code adds the numbers of a row in NumPy's order.
    row_mean: gn.Array = losses.reshape(1, -1).mean(axis=-1, dtype=np.float64)
    return row_mean


def _numpy_mean(losses: gn.Array) -> Any:
    # The sum and the quotient of np.mean, which takes three times as long for a few samples.
    return np.add.reduce(losses, axis=None, dtype=np.float64) / losses.size


_mean_of_row = FusedFunction(_row_mean, _numpy_mean)


def takes_the_mean(loss: gn.Loss) -> bool:
    """Tell whether a loss is the mean of those of its samples, and its gradient the derivative."""
    formula: Any = type(formula_of(loss))
    base = gn.Loss
    return (
        formula.forward is base.forward
        and formula.value_and_gradient is base.value_and_gradient
        and formula.per_sample is not base.per_sample
    )


# Components hold nothing from a run; what is compiled is found by the component.
@lru_cache(maxsize=512)
def per_sample_of(loss: gn.Loss) -> FusedFunction:
    """Return the fused losses of samples."""
    return FusedFunction(formula_of(loss).per_sample, loss.per_sample)


@lru_cache(maxsize=512)
def backward_of(loss: gn.Loss) -> FusedFunction:
    """Return the fused derivative of a loss."""
    return FusedFunction(formula_of(loss).backward, loss.backward)


@lru_cache(maxsize=512)
def both_of(loss: gn.Loss) -> FusedFunction:
    """Return the fused losses of samples with the derivative, which often have work in common."""
    formula = formula_of(loss)

    def both(y_pred: gn.Array, y_true: gn.Array) -> tuple[gn.Array, gn.Array]:
        return formula.per_sample(y_pred, y_true), formula.backward(y_pred, y_true)

    return FusedFunction(both, both)
