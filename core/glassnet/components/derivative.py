"""The derivative of a component whose author wrote none: a plugin derives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet.errors import TracingError
from glassnet.registry.plugins import plugin_hooks

if TYPE_CHECKING:
    from glassnet.components.component import Component

MISSING_BACKWARD = (
    "it has no backward of its own, and the plugin autodiff, which derives one, is not in use; "
    "take it out of GLASSNET_DISABLE, or write the backward"
)


def derived_backward(component: Component) -> Any:
    """Return the answer to the hook `glassnet_backward`: None if no plugin derives it."""
    return plugin_hooks().glassnet_backward(component=component)


def call_derived_backward(component: Component, *arguments: Any) -> Any:
    """Return the derivative of a component at some arguments.

    Raises
    ------
    TracingError
        If no plugin derives it.
    """
    backward = derived_backward(component)
    if backward is None:
        raise TracingError(f"{component.kind} '{component!r}': {MISSING_BACKWARD}")
    return backward(*arguments)
