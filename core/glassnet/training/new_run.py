"""A run with the callbacks of the user and those of the plugins."""

from __future__ import annotations

from collections.abc import Callable

from glassnet.registry.plugins import plugin_hooks
from glassnet.training.config import FitConfig
from glassnet.training.run import Run


def new_run(config: FitConfig, begin: Callable[[Run], None] | None = None) -> Run:
    """Return a run that has not started, with the callbacks that plugins add."""
    found = plugin_hooks().glassnet_default_callbacks(config=config)
    return Run(config, [callback for callbacks in found for callback in callbacks], begin)
