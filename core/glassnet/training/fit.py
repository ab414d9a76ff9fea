"""One call of `fit`: a run with the callbacks of the user and those of the plugins."""

from __future__ import annotations

from collections.abc import Callable

from glassnet.registry.plugins import plugin_hooks
from glassnet.training.config import FitConfig
from glassnet.training.history import History
from glassnet.training.loop import train
from glassnet.training.run import Run


def fit(config: FitConfig, begin: Callable[[Run], None] | None = None) -> History:
    """Train as `config` says, and return the history; `begin` is called when nothing has refused the run."""
    run = new_run(config, begin)
    train(run)
    return run.history


def new_run(config: FitConfig, begin: Callable[[Run], None] | None = None) -> Run:
    """Return a run that has not started, with the callbacks that plugins add."""
    found = plugin_hooks().glassnet_default_callbacks(config=config)
    return Run(config, [callback for callbacks in found for callback in callbacks], begin)
