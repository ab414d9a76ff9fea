"""Options, shapes and batches drawn at random, on which an accelerator is compared with its component."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.component import Component
from glassnet.errors import GlassnetError
from glassnet.options.declaration import options_of
from glassnet.types import Shape
from glassnet_testing.checks import layers, losses, optimizers
from glassnet_testing.runner.subject import Example, Subject

_DRAWS = 12
_LONGEST = 9
_MOST_ROWS = 40
# The last draw has at least this number of values: some accelerators cut what is large, or are used only there. It has
# wide rows more than many, since a sum of many numbers in float32 rounds by more than 1e-6.
_MANY_VALUES = 70_000
LARGE_ROWS = 128

Use = Callable[..., Iterator[Any]]


def drawn_uses(subject: Subject) -> Iterator[tuple[Component, Use]]:
    """Return components with drawn options, and how to use each once on data of a drawn shape."""
    for number in range(_DRAWS):
        rng = np.random.default_rng(number)
        example = subject.examples[rng.integers(len(subject.examples))]
        component = _drawn(example.component, rng)
        is_large = number == _DRAWS - 1
        rows = LARGE_ROWS if is_large else int(rng.integers(1, _MOST_ROWS))
        if subject.kind.name in ("layer", "activation"):
            for case in layers.cases_of(example):
                shape = _drawn_shape(example.component, case.shape, rng)
                if is_large:
                    shape = widened(example.component, shape)
                taken = component if _takes(component, shape) else example.component
                yield taken, partial(layers.use, layers.Case(Example(repr(taken), taken), shape), rows=rows)
        elif subject.kind.name == "loss":
            for of_loss in losses.cases_of(Example(repr(component), component)):
                yield component, partial(losses.use, of_loss, rows=rows)
        else:
            sizes = tuple(tuple(rng.integers(1, _LONGEST, axes).tolist()) for axes in (2, 1))
            if is_large:
                sizes = ((LARGE_ROWS, _MANY_VALUES // LARGE_ROWS), *sizes)
            yield component, partial(optimizers.use, sizes=sizes)


def _drawn(component: Component, rng: np.random.Generator) -> Component:
    """Return a component some of whose options are drawn: those whose bounds, or other options, allow the value."""
    for name, field in options_of(type(component)).items():
        option, value = field.metadata["option"], getattr(component, name)
        drawn: Any = None
        if option.choices:
            drawn = option.choices[rng.integers(len(option.choices))]
        elif isinstance(value, bool):
            drawn = bool(rng.integers(2))
        elif isinstance(value, int):
            drawn = value + int(rng.integers(-1, 3))
        elif isinstance(value, float):
            drawn = float(value * rng.uniform(0.5, 1))
        if drawn is not None:
            try:
                component = component.replace(**{name: drawn})
            except GlassnetError:  # the option has other bounds
                continue
    return component


def _drawn_shape(component: Any, shape: Shape, rng: np.random.Generator) -> Shape:
    """Return `shape` with lengths drawn anew, or itself if the layer does not take them."""
    drawn = tuple(int(length + rng.integers(0, _LONGEST)) for length in shape)
    return drawn if _takes(component, drawn) else shape


def widened(component: Any, shape: Shape) -> Shape:
    """Return `shape` with a last axis that makes many values of a batch, or itself if the layer does not take it."""
    *others, last = shape
    wide = (*others, max(last, -(-_MANY_VALUES // (LARGE_ROWS * math.prod(others)))))
    return wide if _takes(component, wide) else shape


def _takes(component: Any, shape: Shape) -> bool:
    try:
        component.as_layer().output_shape(shape)
    except GlassnetError:
        return False
    return True
