"""The plugin: derivatives that an author left out. Its modules are imported when one is asked for, not before."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hook `glassnet_derivatives`."""
    from glassnet_autodiff.hooks import DerivativeHooks

    return DerivativeHooks


@gn.hookimpl
def glassnet_backward(component: Any) -> Any:
    """Return the derivative that the tape finds."""
    from glassnet_autodiff.derived import derived_backward

    return derived_backward(component)


@gn.hookimpl
def glassnet_check_components(objective: Any, x: Any, y: Any, step: int, seed: int) -> None:
    """Compare the derivatives that the tape finds with differences."""
    from glassnet_autodiff.first_use import check_components

    check_components(objective, x, y, step=step, seed=seed)
