"""The tracker with a library that only notes: a run of the real one takes seconds."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import glassnet as gn
from glassnet.testing import parametrize_with_checks


class Library:
    """What the callback uses of wandb."""

    def __init__(self):
        self.calls = []
        self.id = "1a2b3c"

    def init(self, **given):
        self.calls.append(("init", given))
        return self

    def log(self, figures, step):
        self.calls.append((step, figures))

    def finish(self, exit_code):
        self.calls.append(("finish", exit_code))


@pytest.fixture(autouse=True)
def library(monkeypatch):
    found = Library()
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=found.init))
    return found


@parametrize_with_checks(["callback:wandb"])
def test_wandb(check):
    check()


def test_figures_have_the_names_of_the_history(library):
    x = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
    network = gn.Network("dense(1)")
    network.fit(x, x, loss="mse", optimizer="sgd(lr=0.1)", epochs=2, callbacks=["wandb(project='p')"], progress=False)
    (_, given), first, second, ended = library.calls
    assert (given["project"], given["mode"], given["config"]["optimizer.lr"]) == ("p", "offline", 0.1)
    assert [first, second] == [(1, network.history.epochs[0]), (2, network.history.epochs[1])]
    assert ended == ("finish", 0)
