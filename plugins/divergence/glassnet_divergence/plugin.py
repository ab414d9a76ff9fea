"""The plugin: a run stops at the first value that is not finite."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Watch over each run."""
    from glassnet_divergence.callback import DivergenceWatch

    return [DivergenceWatch()]
