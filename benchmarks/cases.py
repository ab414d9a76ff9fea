"""The networks that are trained, in words that every peer can translate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Dense:
    """A fully connected layer with a bias."""

    units: int


@dataclass(frozen=True)
class Convolution:
    """A convolution with a kernel of 3x3 and a bias, without padding."""

    filters: int


# A string is an activation, "max_pool" or "flatten"; of a network on sequences it is any spec of glassnet.
Word = Dense | Convolution | str


@dataclass(frozen=True)
class Case:
    """A network, and how it is trained with Adam at its usual step size of 0.001.

    Attributes
    ----------
    output
        What follows the last layer: ``"softmax"`` with categorical crossentropy, ``"sigmoid"`` with binary, or
        ``"linear"`` with the mean of squares.
    samples
        How many samples an epoch has: whole batches, since a short last one would have to be compiled separately.
    tolerance
        By which share of ours another's loss after the first steps may differ: twice as far as our own is moved by the
        last bit of the first weights, and no less than 0.001 (docs/decisions.md).
    """

    title: str
    input_shape: tuple[int, ...]
    layers: tuple[Word, ...]
    output: Literal["softmax", "sigmoid", "linear"]
    batch: int
    samples: int
    tolerance: float = 0.001

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return self.samples // self.batch

    @property
    def is_convolutional(self) -> bool:
        """Whether there is a convolution in it."""
        return any(isinstance(layer, Convolution) for layer in self.layers)


@dataclass(frozen=True)
class Samples:
    """Inputs, as float32, and their labels; or float32 targets of 0 and 1 for a sigmoid."""

    x: np.ndarray
    y: np.ndarray


# First weights and biases, layer by layer, as ``(features, units)`` or ``(3, 3, channels, filters)``.
Weights = list[tuple[np.ndarray, np.ndarray]]


def perceptron(*widths: int, batch: int, steps: int) -> Case:
    """Return a network of dense layers with relu between them."""
    first, *hidden, last = widths
    layers: list[Word] = [word for units in hidden for word in (Dense(units), "relu")]
    title = f"{'-'.join(map(str, widths))}, batch {batch}, {steps} steps"
    return Case(title, (first,), (*layers, Dense(last)), "softmax", batch, batch * steps)


TRAINING = {
    "xor": Case("XOR, 2-8-1, batch 4, 1,000 steps", (2,), (Dense(8), "tanh", Dense(1)), "sigmoid", 4, 4000),
    "784-128-64-10": perceptron(784, 128, 64, 10, batch=64, steps=937),
    "784-128-10": perceptron(784, 128, 10, batch=128, steps=468),
    "784-512-512-10": perceptron(784, 512, 512, 10, batch=128, steps=234),
    "784-2048-2048-10": replace(perceptron(784, 2048, 2048, 10, batch=256, steps=30), tolerance=0.002),
    "convolutional": Case(
        "convolutional, 16 and 32 filters of 3x3 with pooling, batch 64, 100 steps",
        (28, 28, 1),
        (Convolution(16), "relu", "max_pool", Convolution(32), "relu", "max_pool", "flatten", Dense(10)),
        "softmax",
        64,
        6400,
        tolerance=0.002,
    ),
}
