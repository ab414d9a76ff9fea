"""The hooks of installed plugins: the kernel asks by them for everything that it does not do itself."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import pluggy

from glassnet.errors import GlassnetWarning
from glassnet.registry.entry_points import describe, read_entries
from glassnet.registry.hookspecs import PluginHooks
from glassnet.registry.kinds import Kind
from glassnet.support.executor import Executor

PLUGIN = Kind("plugin", "builtins:object", "plugins", instances=True)


@cache
def plugin_hooks() -> Any:
    """Return the hooks of `PluginHooks`, each to be called by name with keywords.

    The modules under the entry-point group ``glassnet.plugins`` are imported at the first call. A plugin that cannot
    be imported is named in a warning, and the others are used.
    """
    manager = pluggy.PluginManager("glassnet")
    manager.add_hookspecs(PluginHooks)
    for entry in read_entries([PLUGIN])[0]:
        try:
            manager.register(entry.imported(), f"{entry.distribution}/{entry.name}")
            manager.check_pending()
        except Exception as error:
            warnings.warn(str(entry.broken(describe(error))), GlassnetWarning, stacklevel=2)
    return manager.hook


@cache
def executor() -> Executor:
    """Return what runs pieces of work: the answer to the hook `glassnet_executor`, or the caller's thread alone."""
    found: Executor | None = plugin_hooks().glassnet_executor()
    return Executor() if found is None else found
