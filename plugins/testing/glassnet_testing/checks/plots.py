"""What holds for every plot."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite


@check(hint="def measure(self, subject): …  and  def draw(self, numbers, frame): …")
def it_measures_and_draws(subject: Subject) -> None:
    """The class says what it shows, and how."""
    base = subject.kind.base_class()
    for method in ("measure", "draw"):
        if getattr(subject.component, method) is base.__dict__[method]:
            raise Failure(subject.title, f"a method {method}()", "that of the base class, which is abstract")


@check(hint="compute all that is drawn in measure(), and raise gn.OptionError for a network that does not have it")
def it_draws_some_network(subject: Subject) -> None:
    """Of a few small networks that were trained and recorded, it draws one at least, and none of them is changed."""
    refused = []
    for name, network, split in _trained():
        before = network.flat_parameters.copy()
        try:
            drawing = gn.plot(subject.component(), network, split)
        except gn.GlassnetError as error:
            refused.append(f"{name}: {error}")
            continue
        if not np.array_equal(network.flat_parameters, before):
            network.flat_parameters[:] = before
            raise Failure(f"{subject.title} of {name}, parameters after it", "as they were", "changed")
        _check(f"{subject.title} of {name}", drawing)
    if len(refused) == len(_NETWORKS):
        raise Failure(subject.title, "a plot of some network", "; ".join(refused))


def _check(title: str, drawing: Any) -> None:
    """Check that numbers are plain, and that the last picture is a figure that shows nothing but them."""
    if not isinstance(drawing.numbers, dict) or not drawing.numbers:
        raise Failure(f"{title}, measure()", "a dictionary of numbers", drawing.numbers)
    try:
        plain = json.dumps(drawing.as_plain())
    except TypeError as error:
        raise Failure(f"{title}, measure()", "arrays and plain values", str(error)) from None
    if not isinstance(drawing.frames, int) or drawing.frames < 1:
        raise Failure(f"{title}, frames()", "a number from 1", drawing.frames)
    if not hasattr(drawing.figure, "savefig"):
        raise Failure(f"{title}, draw()", "a figure of matplotlib", type(drawing.figure).__name__)
    if json.dumps(drawing.as_plain()) != plain:
        raise Failure(f"{title}, numbers after draw()", "as they were", "changed")


_NETWORKS = {
    "two classes of points": ("dense(6) tanh dense(4) relu dense(2) softmax", (2,)),
    "images": ("conv2d(2, 3) relu flatten dense(3) softmax", (5, 5, 1)),
    "sequences": ("self_attention(2) flatten dense(2) softmax", (4, 4)),
    "a regression": ("dense(4) tanh dense(1)", (3,)),
}


@cache
def _trained() -> list[tuple[str, gn.Network, gn.Split]]:
    """Return the name, the network and the data of each; the networks stay as they are."""
    made = []
    rng = np.random.default_rng(0)
    for name, (layers, shape) in _NETWORKS.items():
        x = rng.normal(size=(24, *shape)).astype(np.float32)
        network = gn.Network(layers).build(shape)
        classes = network.output_shape[0]
        y = np.arange(24) % classes if classes > 1 else x[:, :1]
        loss = "categorical_crossentropy" if classes > 1 else "mse"
        settings: dict[str, Any] = {"epochs": 2, "batch_size": 8, "progress": False}
        network.fit(x, y, loss=loss, optimizer="sgd(lr=0.1)", callbacks=["record"], **settings)
        made.append((name, network, gn.Split(x, y)))
    return made


PLOT_CHECKS = Suite((it_measures_and_draws, it_draws_some_network))
