"""The plugin: networks are validated with, and hold in the end, what their optimizer averages."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Add the callback if the optimizer may average parameters, or put steps off."""
    optimizer = config.options.optimizer
    averages = type(optimizer).averaged_parameters is not gn.Optimizer.averaged_parameters
    if not (averages or optimizer.puts_off_steps):
        return []
    from glassnet_averaging.callback import LeaveOutcome

    return [LeaveOutcome()]
