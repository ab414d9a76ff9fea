"""One use of a component, kind by kind: a forward and a backward, some steps, a pass, a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from glassnet.components.component import Component
from glassnet.errors import GlassnetError
from glassnet.registry.kinds import imported
from glassnet.registry.registry import registry
from glassnet_accelerators.accelerator import Accelerator, component_named
from glassnet_testing.checks import (
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
from glassnet_testing.runner.check import NotChecked
from glassnet_testing.runner.subject import Example, Subject, subject_from
from glassnet_testing.tools.drawn import drawn_uses

Results = Iterator[Any]
"""What a use gives, one array after another; between two of them somebody else may have a turn."""

Use = Callable[..., Results]
"""Uses a component with a seed, and what an accelerator can speed up in a precision, ``dtype="float32"``.

The result must not depend on other uses of the component meanwhile."""

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
    elif kind == "accelerator":
        if reason := subject.component.unavailable_reason():
            raise NotChecked(f"it cannot be used here: {reason}")
        yield from ((example, _use_stand_ins) for example in subject.examples)
    else:
        use = _USES[kind] if kind in _USES else imported(subject.kind.checks).use
        yield from ((example, use) for example in subject.examples)


def _use_stand_ins(accelerator: Accelerator, seed: int) -> Results:
    for component, use in trials(accelerator):
        yield from use(accelerator.replacement(component), seed)


def trials(accelerator: Accelerator) -> Iterator[tuple[Component, Use]]:
    """Return what an accelerator speeds up, as in its examples and with each option changed in turn, and its use."""
    if accelerator.unavailable_reason():
        return
    entry = registry.find(*component_named(accelerator.replaces))
    for example, use in uses_of(subject_from(entry)):
        yield from ((component, use) for component in (example.fresh(), *varied(example.component)))


def drawn_trials(accelerator: Accelerator) -> Iterator[tuple[Component, Use]]:
    """Return what an accelerator speeds up with drawn options, and its use on data of drawn shapes."""
    return drawn_uses(subject_from(registry.find(*component_named(accelerator.replaces))))


def varied(component: Component) -> Iterator[Component]:
    """Return a component with each of its options changed in turn."""
    for name, value in component.options.items():
        if isinstance(value, bool):
            yield component.replace(**{name: not value})
        elif isinstance(value, float):
            try:
                yield component.replace(**{name: 0.75 * value or 0.25})
            except GlassnetError:  # the option has other bounds
                continue
