"""Trainings that were recorded, and the command line in an empty folder."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.commands.conftest import glassnet as glassnet, here as here


class Keeper(gn.Callback):
    """Keeps the parameters after each step: what a recording is compared with."""

    kept: Any = gn.option(help="where to keep them")

    def on_run_start(self, run):
        self.kept.append(run.network.flat_parameters.copy())

    def on_batch_end(self, run):
        self.kept.append(run.network.flat_parameters.copy())


@pytest.fixture(scope="session")
def moons():
    """Points of two classes, and a network of two hidden layers, trained and recorded for 60 steps."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(120, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    net = gn.Network("dense(8) tanh dense(6) relu dense(2) softmax")
    kept = []
    net.fit(
        x, y, loss="cce", optimizer="sgd(lr=0.3)", epochs=10, batch_size=20, seed=1, callbacks=["record", Keeper(kept)],
        validation=(x[::3], y[::3]),
    )  # fmt: skip
    return net, x, y, kept
