"""Where components come from: the distributions behind a network or an experiment."""

from __future__ import annotations

import platform
from typing import Any

from glassnet.component import components_in
from glassnet.paths import paths_in
from glassnet.registry import OWN_DISTRIBUTION, registry

BY_HAND = "registered by hand"


def named_source(component: type) -> str:
    """Return the distribution that gives a component class, or words that say that none does."""
    entry = registry.entry_of(component)
    return entry.distribution if entry is not None and entry.by_hand is None else BY_HAND


def distributions_of(described: Any) -> dict[str, str]:
    """Return name and version of every distribution that gives a component in `described`."""
    entries = [registry.entry_of(type(component)) for component in components_in(described)]
    found = {entry.distribution: entry.version for entry in entries if entry is not None and entry.by_hand is None}
    return {OWN_DISTRIBUTION: _version(OWN_DISTRIBUTION), **dict(sorted(found.items()))}


def environment(described: Any) -> dict[str, Any]:
    """Return what a run depended on: Python, NumPy, every distribution that contributed, and files that it read."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "distributions": {**distributions_of(described), "numpy": _version("numpy")},
        "files": paths_in(described),
    }


def _version(distribution: str) -> str:
    from importlib.metadata import version

    return version(distribution)
