"""One call of `fit`: a run with the callbacks of the user and those of the plugins."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from glassnet.data.loader import make_loader, make_validation_loader, prepare_data
from glassnet.errors import OptionError
from glassnet.options.declaration import options_of
from glassnet.registry.plugins import plugin_hooks
from glassnet.run.config import FitConfig, TrainingConfig
from glassnet.training.loop import Defaults
from glassnet.training.run import Run

# What may follow from the rows that a network is trained on.
_FOLLOWING = ("loss", "optimizer")


def fit(network: Any, *, loss: Any, optimizer: Any) -> None:
    """Say what `Network.fit` needs if nothing follows from the data; a missing argument is told from this signature."""


def requested_run(network: Any, x: Any, y: Any, given: dict[str, Any], begin: Callable[[Run], None]) -> Run:
    """Return the run that `Network.fit` trains.

    Parameters
    ----------
    network, x, y
        What is trained, and on what.
    given
        The other arguments of `fit` by name.
    begin
        Called when nothing has refused the run.
    """
    for name in ("folder", "resume_from"):
        _check_path(given[name], name)
    given = _with_those_of_plugins(network, given)
    rows = plugin_hooks().glassnet_prepare_rows(network=network, x=x, y=y, given=given)
    x, y, given = (x, y, given) if rows is None else rows
    named = {name: given[name] for name in _FOLLOWING if given[name] is not None}
    if len(named) < len(_FOLLOWING):
        told = plugin_hooks().glassnet_wrong_call(function=fit, values=(network,), named=named)
        raise told or OptionError(f"fit() needs {' and '.join(_FOLLOWING)}")
    batch_size, validation = given["batch_size"], given["validation"]
    chosen = {name: given[name] for name in options_of(TrainingConfig) if name not in _FOLLOWING} | named
    chosen["batch_size"] = 32 if batch_size is None else batch_size
    chosen["validation"] = None if validation is None or not np.isscalar(validation) else validation
    options = TrainingConfig(**chosen)
    data = make_loader(x, y, sample_weight=given["sample_weight"], epochs=options.epochs, batch_size=batch_size)
    held_out = make_validation_loader(validation, options.epochs)
    ready = prepare_data(network, options, data, held_out, given["class_weight"])
    recording = {name: given[name] for name in ("folder", "resume_from", "overwrite", "allow_changes", "progress")}
    return new_run(FitConfig(network, options, *ready, **recording), begin)


def _with_those_of_plugins(network: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `fit` with those that plugins take; raise the error for a name that none takes."""
    others: dict[str, Any] = given["of_plugins"]
    if others and others.keys() - set(chain.from_iterable(plugin_hooks().glassnet_fit_options())):
        told = plugin_hooks().glassnet_wrong_call(function=type(network).fit, values=(network,), named=others)
        raise told or OptionError(f"fit() does not take all of {', '.join(others)}")
    return {name: value for name, value in given.items() if name != "of_plugins"} | others


def new_run(config: FitConfig, begin: Callable[[Run], None] | None = None) -> Run:
    """Return a run that has not started, with the callbacks that plugins add."""
    found = plugin_hooks().glassnet_default_callbacks(config=config)
    return Run(config, [callback for callbacks in found for callback in callbacks], Defaults(), begin)


def _check_path(given: Any, name: str) -> None:
    """Raise `OptionError` if something is neither a path nor None; an empty text would be the current folder."""
    if given == "" or (given is not None and not isinstance(given, (str, os.PathLike))):
        raise OptionError(f"{name} must be the path of a folder (got {given!r}); write {name}='runs/first'")
