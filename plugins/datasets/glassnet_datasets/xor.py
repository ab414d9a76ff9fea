"""XOR: the smallest problem that needs a hidden layer."""

from __future__ import annotations

import numpy as np

import glassnet as gn


class Xor(gn.DataSource):
    """The four points of the exclusive or.

    ``x`` is ``(4, 2)`` and ``y`` is ``(4, 1)``, both float32 and all zeros and ones; ``y`` is one where exactly
    one of the two inputs is. No line separates the two classes, so no network without a hidden layer learns
    them. There are no other points that could test what was learnt: `test` is the same four.

    Source: Minsky and Papert (1969), Perceptrons, MIT Press; a network with a hidden layer that learns it is in
    Rumelhart, Hinton and Williams (1986), "Learning internal representations by error propagation", in Parallel
    Distributed Processing, volume 1, chapter 8.
    """

    sample_shape = (2,)
    target_shape = (1,)
    overlap = "there are no other points"

    def load(self) -> gn.Dataset:
        x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        y = np.array([[0], [1], [1], [0]], np.float32)
        points = gn.Split(x, y)
        return gn.Dataset(train=points, test=points, classes=("0", "1"), task="classification", recipe=_recipe())


def _recipe() -> gn.Recipe:
    return gn.Recipe(
        layers=["dense(8)", "tanh", "dense(1)", "sigmoid"],
        loss="binary_crossentropy",
        optimizer="adam(lr=0.1)",
        epochs=200,
        batch_size=4,
        metrics=["accuracy"],
    )
