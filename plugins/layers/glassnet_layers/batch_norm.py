"""Batch normalization: each channel gets mean 0 and variance 1 over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class BatchNorm(gn.Layer):
    """Brings each channel to mean 0 and variance 1, and then to a scale and a shift that are trained.

    While training, mean and variance are those of the batch, over all axes but the last. Running means of them are
    kept, and take their place outside training.

    A layer that is not trained, by ``trainable=False`` here or in a layer that holds this one, uses the running values
    in training too, and leaves them as they are. `update_statistics` says otherwise for this layer: with True it uses
    the batch's values and moves the running ones though scale and shift are not trained, with False it trains scale and
    shift on the running values.

    Ioffe and Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift, ICML, arXiv:1502.03167.

    Shapes
    ------
    input, output
        ``(batch, …, channels)``
    scale, shift
        ``(channels,)``, ones and zeros at first; regularizers of the network leave both alone, as they do biases
    running_mean, running_variance
        ``(channels,)``, state: zeros and ones at first

    Single values
    -------------
    A batch that has only one value of each channel, such as a last batch of one row, has no variance. It is
    normalized as outside training, with the running values, and these stay as they are.

    Conventions
    -----------
    `momentum` is the part of a running value that is kept, as in Keras; PyTorch's ``momentum`` is 1 minus it, and
    its default is the same. As in the paper and in PyTorch, the batch is normalized with its biased variance (a sum
    divided by n), and the running variance is made of unbiased ones (divided by n - 1); Keras takes the biased one
    for both, and its defaults are ``momentum=0.99`` and ``epsilon=0.001``. With a single value, PyTorch refuses to
    train. As in Keras, a frozen layer is in inference mode. PyTorch's ``requires_grad_(False)`` goes on moving the
    running values, which is ``update_statistics=True``; its ``eval()`` is ``update_statistics=False``. PyTorch's
    ``weight`` and ``bias`` are `scale` and `shift`, Keras's ``gamma`` and ``beta``.

    Raises
    ------
    ShapeError
        When samples are single numbers.
    """

    momentum: float = gn.option(0.9, ge=0, lt=1, help="part of the running mean and variance that each step keeps")
    epsilon: float = gn.option(1e-5, gt=0, log=True, help="added to the variance, so that nothing is divided by 0")
    update_statistics: bool | None = gn.option(
        None, help="whether training uses and moves the batch's statistics; None: as the layer is trained"
    )
    synchronize: bool = gn.option(False, help="whether processes that share a training take their batches as one")

    checks = gn.Checks(counts_elsewhere=("synchronize",))
    examples = (("batch_norm", (4,)), ("batch_norm(momentum=0.5)", (2, 3, 2)))
    formula = (
        "y = scale x' + shift,  x' = (x - mean) / sqrt(variance + epsilon);  "
        "running = momentum running + (1 - momentum) of the batch"
    )
    gradient_formula = (
        "dscale = sum of dy x',  dshift = sum of dy,  "
        "dx = scale / sqrt(variance + epsilon) (dy - mean of dy - x' mean of dy x');  "
        "dx = scale / sqrt(variance + epsilon) dy outside training"
    )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        if not shape:
            raise gn.ShapeError("expected (batch, …, channels), got (batch); put reshape([1]) in front of it")
        return shape

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {
            "scale": gn.Parameter(shape[-1:], initializer="ones", is_bias=True),
            "shift": gn.Parameter(shape[-1:], initializer="zeros", is_bias=True),
        }

    def state(self, shape: gn.Shape) -> gn.Arrays:
        return {"running_mean": np.zeros(shape[-1]), "running_variance": np.ones(shape[-1])}

    def uses_batch(self, ctx: gn.Context) -> bool:
        """Return whether a pass normalizes with the statistics of its batch, and moves the running ones."""
        trained = ctx.trainable and self.trainable
        return ctx.training and (trained if self.update_statistics is None else self.update_statistics)

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        axes = tuple(range(x.ndim - 1))
        values = x.size // x.shape[-1]
        mean, variance = ctx.state["running_mean"], ctx.state["running_variance"]
        of_batch = values > 1 and self.uses_batch(ctx)
        if of_batch:
            # Sums of thousands of float32 numbers lose digits, so the statistics are in float64.
            batch_mean = x.mean(axes, dtype=np.float64)
            batch_variance = np.square(x - batch_mean).mean(axes)
            mean[:] = self.momentum * mean + (1 - self.momentum) * batch_mean
            variance[:] = self.momentum * variance + (1 - self.momentum) * batch_variance * values / (values - 1)
            mean, variance = batch_mean, batch_variance
        deviation = np.sqrt(variance + self.epsilon).astype(x.dtype)
        normal = (x - mean.astype(x.dtype)) / deviation
        return params["scale"] * normal + params["shift"], (normal, deviation, of_batch)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        normal, deviation, of_batch = cache
        axes = tuple(range(dy.ndim - 1))
        grads["scale"][:] = (dy * normal).sum(axes)
        grads["shift"][:] = dy.sum(axes)
        if of_batch:
            dy = dy - dy.mean(axes) - normal * (dy * normal).mean(axes)
        dx: gn.Array = params["scale"] / deviation * dy
        return dx
