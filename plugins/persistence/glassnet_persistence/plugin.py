"""The plugin: what the kernel asks of files. Its modules are imported when a file is written or read."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hook `glassnet_preprocessing`."""
    from glassnet_persistence.hooks import FileHooks

    return FileHooks


@gn.hookimpl
def glassnet_default_callbacks(config: Any) -> list[gn.Callback]:
    """Record a run that has a folder; check one that is continued."""
    if config.folder is None and config.resume_from is None:
        return []
    from glassnet_persistence.run_folder import RunFolder

    return [RunFolder()]
