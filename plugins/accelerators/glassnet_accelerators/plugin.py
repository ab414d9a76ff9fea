"""The plugin: components of a run are replaced by faster ones where there are any."""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import cache
from typing import Any

import glassnet as gn

_SMALL_DENSE = "glassnet_accelerators.dense_by_loops"


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Accelerate each run."""
    return [_callback()]


@gn.hookimpl
def glassnet_preparation() -> Any:
    """Replace components where nothing is trained, unless accelerators are switched off."""
    from glassnet_accelerators.choice import preparation

    return preparation


@gn.hookimpl(wrapper=True)
def glassnet_microbatches(network: gn.Network, sequence: gn.LayerSequence) -> Generator[None, Any, Any]:
    """Bind the layers of a small network to their arrays: one for which loops of dense were made."""
    found = yield
    if _SMALL_DENSE not in sys.modules:
        return found
    from glassnet_accelerators.bound_layers import with_bound_layers

    return with_bound_layers(network, sequence, found)


@gn.hookimpl(wrapper=True)
def glassnet_executor() -> Generator[None, Any, Any]:
    """Have the threads of compiled code gather the rows of a batch."""
    found = yield
    if found is None:
        return None
    from glassnet_accelerators.team_executor import gathering

    return gathering(found)


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_accelerators.callback import Accelerators

    return Accelerators()
