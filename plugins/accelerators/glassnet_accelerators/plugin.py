"""The plugin: components of a run are replaced by faster ones where there are any."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Accelerate each run."""
    from glassnet_accelerators.callback import Accelerators

    return [Accelerators()]
