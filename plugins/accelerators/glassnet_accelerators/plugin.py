"""The plugin: components of a run are replaced by faster ones where there are any."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from typing import Any

import glassnet as gn


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
def glassnet_executor() -> Generator[None, Any, Any]:
    """Have the threads of compiled code gather the rows of a batch."""
    found = yield
    from glassnet_accelerators.team_executor import gathering

    return gathering(found)


@cache
def _callback() -> gn.Callback:
    # What it remembers is in the run, so one serves all runs.
    from glassnet_accelerators.callback import Accelerators

    return Accelerators()
