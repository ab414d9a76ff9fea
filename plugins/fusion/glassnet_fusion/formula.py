"""The formula that a component computes: its own, or of an accelerator that gives the same bytes its component's."""

from __future__ import annotations

from typing import TypeVar

import glassnet as gn
from glassnet_accelerators.choice import replaced_exactly

AnyComponent = TypeVar("AnyComponent", bound=gn.Component)


def formula_of(component: AnyComponent) -> AnyComponent:
    """Return the component that an accelerator has replaced without changing a bit, or `component` itself."""
    return replaced_exactly(component) or component
