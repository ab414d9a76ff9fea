"""One use of a component, kind by kind: a forward and a backward, some steps, a pass, a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from glassnet.testing import (
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from glassnet.testing.subject import Example, Subject

Results = Iterator[Any]
"""What a use gives, one array after another; between two of them somebody else may have a turn."""

Use = Callable[[Any, int], Results]
"""Uses a component with a seed. It has to give the same whatever others do with the component meanwhile."""

_USES: dict[str, Callable[[Any, int], Results]] = {
    "callback": callbacks.use,
    "constraint": constraints.use,
    "dataset": datasets.use,
    "initializer": initializers.use,
    "optimizer": optimizers.use,
    "regularizer": regularizers.use,
    "schedule": schedules.use,
}


def uses_of(subject: Subject) -> Iterator[tuple[Example, Use]]:
    """Return each example, as often as there are kinds of input for it, and how to use it once."""
    kind = subject.kind.name
    if kind in ("layer", "activation"):
        yield from ((case.example, partial(layers.use, case)) for case in layers.cases(subject))
    elif kind == "loss":
        yield from ((case.example, partial(losses.use, case)) for case in losses.cases(subject))
    elif kind == "metric":
        yield from ((case.example, partial(metrics.use, case)) for case in metrics.cases(subject))
    else:
        yield from ((example, _USES[kind]) for example in subject.examples)
