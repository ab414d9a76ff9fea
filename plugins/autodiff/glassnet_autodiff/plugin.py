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
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Compare derivatives that the tape finds with differences, if a component of the run has one."""
    from glassnet_autodiff.derives import has_derived

    if not has_derived(config.network, [config.options.loss, config.options.regularizer]):
        return []
    from glassnet_autodiff.check_once import CheckDerived

    return [CheckDerived()]
