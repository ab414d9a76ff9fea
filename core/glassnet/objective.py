"""The objective: what training minimises. A network's loss on a batch, fused where it can be, plus penalties."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from glassnet.activation import Activation
from glassnet.arrays import Array
from glassnet.errors import GlassnetWarning
from glassnet.loss import Loss
from glassnet.regularizer import Regularizer
from glassnet.sequence import Sequence

if TYPE_CHECKING:
    from glassnet.context import Context
    from glassnet.network import Network


class Objective:
    """Loss of `network` plus penalties, and its gradient.

    Where the loss fuses with the last activation, the network is run up to that activation's input and the
    fused loss takes it from there; the activation is applied only where its outputs are asked for.
    """

    def __init__(self, network: Network, loss: Loss, regularizer: Regularizer | None = None) -> None:
        self.network = network
        last = network.layers[-1] if network.layers else None
        self._activation = last if isinstance(last, Activation) else None
        fused = loss.fuse(self._activation) if self._activation is not None else None
        if fused is None:
            self._sequence, self._loss, self._activation = network.sequence, loss, None
            _warn_of_mismatch(network, loss)
        else:
            self._sequence, self._loss = Sequence(network.layers[:-1]), fused
        pieces = network.layout.pieces
        self._frozen = [piece.of(network.gradients) for piece in pieces if not piece.parameter.trainable]
        self._penalties = [
            (chosen, piece.of(network.vector), piece.of(network.gradients))
            for piece in pieces
            if (chosen := piece.parameter.regularizer or regularizer) is not None
            and (chosen.biases or not piece.parameter.is_bias)
        ]

    def gradients(
        self, x: Array, y: Array, weights: Array | None, step: int, seed: int, *, predictions_wanted: bool
    ) -> tuple[float, Array]:
        """Fill ``network.gradients`` with the derivative of the objective on one batch.

        Parameters
        ----------
        x, y
            Samples and targets, as `Feed` hands them out.
        weights
            A weight for each sample, or None: all count alike.
        step, seed
            Where the random numbers of layers such as dropout come from.
        predictions_wanted
            Whether to apply an activation that is fused with the loss.

        Returns
        -------
        loss, predictions
            The objective's value; the network's outputs if they are wanted, else what the loss was given.
        """
        network = self.network
        with network.workspace(training=True, step=step, seed=seed) as ctx:
            output, caches = self._sequence.forward(network.views, x, ctx)
            loss, dy = self._loss_of(output, y, weights)
            self._sequence.backward(network.views, caches, dy, network.gradient_views, ctx)
        for regularizer, w, g in self._penalties:
            loss += regularizer.penalty(w)
            g += regularizer.gradient(w)
        for g in self._frozen:
            g[...] = 0
        return loss, self._activate(output) if predictions_wanted else output

    def _loss_of(self, output: Array, y: Array, weights: Array | None) -> tuple[float, Array]:
        """Return the mean loss and its derivative; weighted as in PyTorch: divided by the sum of the weights."""
        loss = self._mean(output, y, weights)
        dy = self._loss.backward(output, y)
        if weights is not None:
            # A row of dy is the derivative of that sample's loss over n; its share takes the place of 1 / n.
            factors = (_shares(weights) * len(y)).astype(dy.dtype)
            dy = dy * factors.reshape(-1, *[1] * (dy.ndim - 1))
        return loss, dy

    def _mean(self, output: Array, y: Array, weights: Array | None) -> float:
        if weights is None:
            return self._loss.forward(output, y)
        return float(np.sum(_shares(weights) * self._loss.each(output, y), dtype=np.float64))

    def value(self, x: Array, y: Array, weights: Array | None, ctx: Context) -> tuple[float, Array]:
        """Return the loss on one batch without penalties, and the predictions; nothing is trained."""
        output, _ = self._sequence.forward(self.network.views, x, ctx)
        return self._mean(output, y, weights), self._activate(output)

    def penalty(self) -> float:
        """Return the sum of all penalties."""
        return float(sum(regularizer.penalty(w) for regularizer, w, _ in self._penalties))

    def _activate(self, output: Array) -> Array:
        return self._activation.forward(output) if self._activation is not None else output


def _shares(weights: Array) -> Array:
    """Return weights that sum to 1; zeros where all are zero."""
    total = weights.sum()
    return weights / total if total else np.zeros_like(weights)


def _warn_of_mismatch(network: Network, loss: Loss) -> None:
    """Warn where the network's outputs are not what the loss expects them to be."""
    last = network.layers[-1] if network.layers else None
    outputs = getattr(last, "outputs", "values")
    if loss.expects == "logits" and outputs != "values":
        problem = f"the loss {loss!r} expects logits, and '{last!r}' turns them into {outputs} first"
    elif loss.expects in ("probabilities", "distribution") and outputs == "values":
        problem = f"the loss {loss!r} expects {loss.expects}, and '{last!r}' gives values of any size"
    else:
        return
    warnings.warn(f"{problem}; change the last layer or the loss", GlassnetWarning, stacklevel=4)
