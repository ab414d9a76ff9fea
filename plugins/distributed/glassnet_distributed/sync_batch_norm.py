"""batch_norm over the batches of all ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_distributed.step_buffer import LIGHTEST


class SyncBatchNorm(gn.LayerWrapper):
    """Does what its batch_norm does with the batches of all ranks as one.

    Forward, the ranks tell each other the number of values, mean and squared deviations of their batches: Chan, Golub
    and LeVeque (1983), Algorithms for Computing the Sample Variance, The American Statistician 37(3), 242-247.
    Backward, they add up dy and dy x', each times the weight of a rank's batch: dy is the derivative of its own mean.
    """

    run: Any = gn.option(help="the run, which knows ranks and weights")

    formula = "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon)  over the values of all ranks"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        layer: Any = self.layer
        if not layer.uses_batch(ctx):
            return layer.forward(params, x, ctx)  # type: ignore[no-any-return]
        values, mean, squares = self._of_all_ranks(x)
        if values < 2:
            return layer.forward(params, x, ctx)  # type: ignore[no-any-return]
        variance = squares / values
        for name, new in (("running_mean", mean), ("running_variance", squares / (values - 1))):
            ctx.state[name][:] = layer.momentum * ctx.state[name] + (1 - layer.momentum) * new
        deviation = np.sqrt(variance + layer.epsilon).astype(x.dtype)
        normal = (x - mean.astype(x.dtype)) / deviation
        return params["scale"] * normal + params["shift"], (normal, deviation, values)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        normal, deviation, values = cache
        if values is True or values is False:  # of the layer itself, with its running values
            return super().backward(params, cache, dy, grads, ctx)
        axes = tuple(range(dy.ndim - 1))
        sums = np.stack([dy.sum(axes, dtype=np.float64), (dy * normal).sum(axes, dtype=np.float64)])
        grads["shift"][:], grads["scale"][:] = sums
        weight = 0.0 if self.run.data.is_idle else self.run.batch_weight or LIGHTEST
        sums *= weight
        self.run.data.ranks.sum(sums)
        of_all = (sums / (values * weight) if weight else np.zeros_like(sums)).astype(dy.dtype)
        dx: gn.Array = params["scale"] / deviation * (dy - of_all[0] - normal * of_all[1])
        return dx

    def _of_all_ranks(self, x: gn.Array) -> tuple[int, gn.Array, gn.Array]:
        """Return the number of values a channel, their mean, and the sum of their squared deviations from it."""
        axes = tuple(range(x.ndim - 1))
        own = np.zeros((3, x.shape[-1]))
        if not self.run.data.is_idle:
            own[0] = x.size // x.shape[-1]
            own[1] = x.mean(axes, dtype=np.float64)
            own[2] = np.square(x - own[1]).sum(axes)
        counts, means, squares = np.moveaxis(self.run.data.ranks.stack(own), 1, 0)
        values = counts.sum(axis=0)
        mean = (counts * means).sum(axis=0) / np.maximum(values, 1)
        return int(values[0]), mean, squares.sum(axis=0) + (counts * np.square(means - mean)).sum(axis=0)


def synchronized(layer: Any, run: gn.Run) -> Any:
    """Return a layer in which each batch_norm with ``synchronize=True`` takes the batches of all ranks as one."""
    if getattr(layer, "synchronize", False):
        return SyncBatchNorm(layer, run=run)
    held = {}
    for name, value in gn.layers_held_by(layer).items():
        within = value if isinstance(value, tuple) else (value,)
        changed = tuple(synchronized(each, run) for each in within)
        if any(new is not old for new, old in zip(changed, within, strict=True)):
            held[name] = changed if isinstance(value, tuple) else changed[0]
    return layer.replace(**held) if held else layer
