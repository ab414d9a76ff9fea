"""The plugin: it specifies the hook that is called when a training has been tested and drawn."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hook `glassnet_run_recorded`."""
    from glassnet_commands.hooks import CommandHooks

    return CommandHooks
