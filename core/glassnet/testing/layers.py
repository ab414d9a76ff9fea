"""What holds for every layer, and for every activation in a layer's place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.activation import Activation
from glassnet.arrays import Array, Shape
from glassnet.errors import ShapeError
from glassnet.experiment import Training
from glassnet.layer import Layer
from glassnet.model_file import load
from glassnet.network import Network
from glassnet.testing.bench import Bench
from glassnet.testing.check import Failure, check
from glassnet.testing.compare import close, same_bytes
from glassnet.testing.inputs import Inputs
from glassnet.testing.slopes import compare_gradient
from glassnet.testing.smallest import try_all
from glassnet.testing.subject import Example, Subject

# Shapes of a sample that are tried where the author's examples name none.
_SHAPES: tuple[Shape, ...] = ((4,), (3, 4), (5, 4, 2))
_ACTIVATION_SHAPES: tuple[Shape, ...] = ((1,), (4,), (2, 3), (2, 2, 3))
_MOST_SHAPES = 2


class Case:
    """A layer, and the shape of the samples that it is fed with."""

    def __init__(self, example: Example, shape: Shape) -> None:
        self.layer: Layer | Activation = example.component
        self.shape = shape
        self.text = example.text
        self.is_activation = isinstance(self.layer, Activation)
        self.inputs = Inputs(
            shape, self.layer.domain, self.layer.kinks, integers=self.layer.as_layer().accepts_integers
        )

    def __str__(self) -> str:
        return f"{self.text} for samples of shape {self.shape}"

    def bench(self, x: Array | None = None, dtype: str = "float64") -> Bench:
        """Return the layer, built for the samples of `x`, or for the case's own shape."""
        return Bench(self.layer, self.shape if x is None else x.shape[1:], dtype)

    def try_all(self, inputs: Any, examine: Callable[[Array], Failure | None]) -> None:
        """Examine inputs until one shows a mistake; see `try_all`."""
        try_all(inputs, examine, any_shape=self.is_activation)

    def show(self, x: Array, where: str = "") -> str:
        """Return the input as reports show it."""
        values = np.array2string(x, precision=6, threshold=24, edgeitems=2, separator=", ")
        return f"x = {values} ({x.dtype}, shape {x.shape}){where}, into {self.text}"


def cases(subject: Subject) -> Iterator[Case]:
    """Return each example with a shape of its own, or with some that it takes."""
    for example in subject.examples:
        if example.given:
            yield Case(example, tuple(example.given[0]))
            continue
        if subject.kind.name == "activation":
            fitting = list(_ACTIVATION_SHAPES)
        else:
            fitting = [shape for shape in _SHAPES if _takes(example.component, shape)][:_MOST_SHAPES]
        if not fitting:
            listed = ", ".join(map(str, _SHAPES))
            raise Failure(
                example.text,
                f"a layer that takes samples of one of the shapes {listed}",
                "ShapeError for each",
                f'name a shape that it takes: examples = (("{example.text}", (8, 8, 3)),)',
            )
        for shape in fitting:
            yield Case(example, shape)


def _takes(layer: Layer, shape: Shape) -> bool:
    try:
        layer.output_shape(shape)
    except ShapeError:
        return False
    return True


def use(example: Example) -> Iterator[Callable[[Any, int], Iterator[Any]]]:
    """Return one use of the layer for each shape: forward, then backward."""
    for case in _cases_of(example):

        def one_use(layer: Any, seed: int, case: Case = case) -> Iterator[Any]:
            x = case.inputs.random(3, seed)
            bench = Bench(layer, case.shape)
            with bench.passing() as one:
                yield one.forward(x).copy()
                dy = np.random.default_rng(seed).normal(size=(3, *bench.network.output_shape))
                dx, gradients = one.backward(dy)
                yield from (np.copy(each) for each in ([] if dx is None else [dx], *[[g] for g in gradients.values()]) for each in each)

        yield one_use
