"""The objective: what training minimises. A network's loss on a batch, fused where it can be, plus penalties."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.loss import Loss, gradient_like, losses_of
from glassnet.components.metric import Measuring, meaning_for
from glassnet.components.parameter import Regularizer
from glassnet.components.services import prepared
from glassnet.model.mask import counted, mask_of_targets, weights_of_steps
from glassnet.model.sequential import WholeBatch
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.context import Context
    from glassnet.model.model import Model


Prepare = Callable[[Any, int], Any]


def formula(component: Any, elements: int = 0) -> Any:
    """Return the component itself: its formula computes, and not what replaces it."""
    return component


class Objective:
    """Loss of `network` plus penalties, and its gradient.

    Where the loss fuses with the last activation, the network is run up to that activation's input, which the fused
    loss takes. The activation is applied only where its outputs are asked for.

    Layers and loss are computed with what `prepare` returns for each. It is given the number of elements that a sample
    has there: for a layer, or one within it, that of the widest layer. By default each computes by its own formula, as
    do activation and penalties.

    Attributes
    ----------
    sequence, loss
        What is run: the layers, without the last one where it is fused, and what takes their output.
    activation
        What is fused with the loss, or None.
    parts
        In which the layers are run on a batch.
    mask
        Which time steps of the last batch that `forward` was given are real. Only these have a part in loss and
        metrics, each as a sample of its own. None if all count.
    measuring
        Counts batches in metrics.
    """

    def __init__(
        self, network: Model, loss: Loss, regularizer: Regularizer | None = None, prepare: Prepare = formula
    ) -> None:
        self.network = network
        plugin_hooks().glassnet_check_loss(loss=loss, layers=network.layers, shapes=network.shapes)
        rows = network.preprocessing
        self.measuring = Measuring(meaning_for(loss, network.layers), None if rows is None else rows.in_units)
        last = network.layers[-1] if network.layers else None
        sizes = [math.prod(shape) for shape in network.shapes]
        self.loss: Loss = prepare(loss, sizes[-1])
        fused = self.loss.fuse(last) if last is not None else None
        ready = formula if prepare is formula else prepared
        self.activation = None if fused is None else ready(last)
        self.loss = self.loss if fused is None else fused
        layers = network.layers if fused is None else network.layers[:-1]
        self.sequence = network.sequence_of([prepare(layer, max(sizes)) for layer in layers])
        found = plugin_hooks().glassnet_microbatches(network=network, sequence=self.sequence)
        self.parts: WholeBatch = WholeBatch(network) if found is None else found
        self.mask: Array | None = None
        slices = network.layout.slices
        self._frozen = [slice_.view(network.gradients) for slice_ in slices if not slice_.parameter.trainable]
        self._penalised = [
            (chosen, slice_)
            for slice_ in slices
            if (chosen := slice_.parameter.regularizer or regularizer) is not None
            and (chosen.penalize_bias or not slice_.parameter.is_bias)
        ]
        self._penalties = [
            (ready(chosen), slice_.view(network.flat_parameters), slice_.view(network.gradients))
            for chosen, slice_ in self._penalised
        ]

    def forward(self, x: Array, y: Array, ctx: Context) -> tuple[Array, list[Any]]:
        """Run the layers on a batch; return their outputs, and the caches that `backward` needs."""
        output, caches = self.parts.forward(self.sequence, x, ctx)
        if len(caches) == 1:
            # Losses and metrics may keep what they are given, and this is a layer's work buffer.
            output = output.copy()
        self.mask = None if ctx.mask is None else mask_of_targets(ctx.mask, y)
        return output, caches

    def loss_and_gradient(self, output: Array, y: Array, weights: Array | None) -> tuple[float, Array]:
        """Return the loss of what `forward` returned, penalties included, and its derivative by that output."""
        loss, dy = (self._loss_of if self.mask is None else self._loss_of_steps)(output, y, weights)
        for regularizer, w, _ in self._penalties:
            loss += float(regularizer.penalty(w))
        return loss, dy

    def backward(self, caches: list[Any], dy: Array, ctx: Context) -> None:
        """Fill ``network.gradients`` with the derivative of the objective."""
        self.parts.backward(self.sequence, caches, dy, ctx)
        for regularizer, w, g in self._penalties:
            regularizer.add_gradient(w, g)
        for g in self._frozen:
            g[...] = 0

    def _loss_of_steps(self, output: Array, y: Array, weights: Array | None) -> tuple[float, Array]:
        """Return the mean loss of all real steps and its derivative, which is zero at padded steps."""
        assert self.mask is not None
        dy = np.zeros_like(output)
        if not self.mask.any():
            return 0.0, dy
        loss, dy[self.mask] = self._loss_of(output[self.mask], y[self.mask], weights_of_steps(self.mask, weights))
        return loss, dy

    def _loss_of(self, output: Array, y: Array, weights: Array | None) -> tuple[float, Array]:
        """Return the mean loss and its derivative; weighted as in PyTorch: divided by the sum of the weights."""
        if weights is None:
            loss, dy = self.loss.value_and_gradient(output, y)
            return float(loss), gradient_like(output, dy, self.loss)
        loss = self._mean(output, y, weights)
        dy = gradient_like(output, self.loss.backward(output, y), self.loss)
        # A row of dy is the derivative of that sample's loss over n; its share takes the place of 1 / n.
        factors = (_shares(weights) * len(y)).astype(dy.dtype)
        return loss, dy * factors.reshape(-1, *[1] * (dy.ndim - 1))

    def _mean(self, output: Array, y: Array, weights: Array | None) -> float:
        if weights is None:
            return float(self.loss.forward(output, y))
        losses = losses_of(self.loss, output, y).reshape(weights.shape)
        return float(np.sum(_shares(weights) * losses, dtype=np.float64))

    def value(self, x: Array, y: Array, weights: Array | None, ctx: Context) -> tuple[float, Array]:
        """Return the loss on one batch without penalties, and the predictions; nothing is trained.

        As in training, only real time steps count; ``ctx.mask`` is then that of the predictions.
        """
        output, _ = self.sequence.forward(self.network.parameter_views, x, ctx)
        output = output.copy()  # it is a layer's work buffer, and losses and metrics may keep it
        mask = None if ctx.mask is None else mask_of_targets(ctx.mask, y)
        if mask is not None and not mask.any():
            return 0.0, self.activate(output)
        weights, counts, y = counted(mask, weights, output, y)
        return self._mean(counts, y, weights), self.activate(output)

    def penalty(self) -> float:
        """Return the sum of all penalties."""
        return float(sum(regularizer.penalty(w) for regularizer, w, _ in self._penalties))

    @property
    def penalised(self) -> list[tuple[Regularizer, str, Array]]:
        """The parameters that have a penalty: its regularizer, the name, and a live view."""
        return [(chosen, slice_.name, slice_.view(self.network.flat_parameters)) for chosen, slice_ in self._penalised]

    def activate(self, output: Array) -> Array:
        """Return the predictions: outputs with the activation that is fused with the loss applied to them."""
        return self.activation.forward(output) if self.activation is not None else output


def _shares(weights: Array) -> Array:
    """Return weights that sum to 1; zeros where all are zero."""
    total = weights.sum()
    return weights / total if total else np.zeros_like(weights)
