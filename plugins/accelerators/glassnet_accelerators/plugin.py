"""The plugin: components of a run are replaced by faster ones where there are any."""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import cache
from typing import Any

import glassnet as gn

_OF_SMALL_NETWORKS = "glassnet_accelerators.dense_by_loops"


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
def glassnet_microbatches(network: Any) -> Generator[None, Any, Any]:
    """Bind the layers of a small network to their arrays: one for which loops of dense were made."""
    found = yield
    if _OF_SMALL_NETWORKS not in sys.modules:
        return found
    from glassnet.model.sequential import WholeBatch
    from glassnet_accelerators.bound_layers import BoundLayers

    return BoundLayers(WholeBatch(network) if found is None else found)


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_accelerators.callback import Accelerators

    return Accelerators()
