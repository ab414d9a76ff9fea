"""Remedies that fit a run: what it has already is not proposed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from glassnet.components.component import Component
from glassnet_doctor.structure import leaves_of

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


def ways(case: Case, *always: str, **new: str) -> str:
    """Return ways out as one text, "a, b, or c".

    Parameters
    ----------
    case
        The run.
    *always
        What can be done in every run.
    **new
        By the name of the component that each adds: ways that are left out if the run has such a component.
    """
    known = set(_names(case)) if new else set()
    texts = [*always, *(text for name, text in new.items() if name not in known)]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])}{',' * (len(texts) > 2)} or {texts[-1]}"


def _names(case: Case) -> Iterator[str]:
    """Yield the names of layers, their components, and the components of the training."""
    for placed in leaves_of(case.network.layers):
        yield from _names_within(placed.layer)
    if case.regularizer is not None:
        yield from _names_within(case.regularizer)
    if case.options is not None:
        for each in (case.options.optimizer, case.options.schedule, *case.options.callbacks):
            yield from _names_within(each)


def _names_within(component: Any) -> Iterator[str]:
    if isinstance(component, Component):
        yield component.title()
        for value in component.options.values():
            yield from _names_within(value)
