"""Keras with JAX under it, an epoch with one call of ``fit``.

Its ``fit`` draws an order of its own, so it gets all samples in the given one, gathered at once while the clock runs,
and does not shuffle them. Its Adam gets the epsilon of the others, 1e-8.
"""

from __future__ import annotations

import os

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"

import keras

from benchmarks.cases import Case, Convolution, Dense, Samples, Weights, Word
from benchmarks.peers.peer import Peer


class Keras(Peer):
    """Keras as its examples use it, with logits and a loss that takes them."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        self.model = keras.Sequential([keras.Input(case.input_shape), *map(_layer, case.layers)])
        loss = (
            keras.losses.BinaryCrossentropy(from_logits=True)
            if case.output == "sigmoid"
            else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        self.model.compile(optimizer=keras.optimizers.Adam(0.001, epsilon=1e-8), loss=loss)
        self.model.optimizer.build(self.model.trainable_variables)
        self.unused = [keras.ops.convert_to_numpy(variable) for variable in self.model.optimizer.variables]
        self.probabilities = keras.Sequential([self.model, keras.layers.Activation(case.output)])

    @classmethod
    def why_not_here(cls) -> str | None:
        backend = keras.backend.backend()
        return None if backend == "jax" else f"Keras was imported with {backend} under it, not JAX"

    def start(self) -> None:
        self.model.set_weights([array for pair in self.weights for array in pair])
        for variable, value in zip(self.model.optimizer.variables, self.unused, strict=True):
            variable.assign(value)

    def epoch(self, order: np.ndarray) -> None:
        x, y = self.samples.x[order], self.samples.y[order]
        self.model.fit(x, y, batch_size=self.case.batch, shuffle=False, verbose=0)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.probabilities.predict_on_batch(x))


def _layer(word: Word) -> keras.Layer:
    match word:
        case Dense(units):
            return keras.layers.Dense(units)
        case Convolution(filters):
            return keras.layers.Conv2D(filters, 3)
        case "max_pool":
            return keras.layers.MaxPooling2D()
        case "flatten":
            return keras.layers.Flatten()
        case _:
            return keras.layers.Activation(word)
