"""Where components come from: the distributions behind a network or an experiment."""

from __future__ import annotations

import platform
from typing import Any

from glassnet.components.component import Component, components_in
from glassnet.errors import GlassnetError, ModelFileError
from glassnet.registry.registry import create, registry
from glassnet.support.distributions import OWN_DISTRIBUTION
from glassnet_persistence.paths import paths_in

BY_HAND = "registered by hand"


def named_source(component: type) -> str:
    """Return the distribution that gives a component class, or words that say that none does."""
    entry = registry.entry_of(component)
    return entry.distribution if entry is not None and not entry.is_by_hand else BY_HAND


def check_loadable(*described: Any) -> None:
    """See to it that specs make the components of a network again, as loading a file does.

    Raises
    ------
    ModelFileError
        If a component's class is unregistered, or its spec does not recreate it.
    """
    components = list(components_in(described))
    for component in components:
        kind, name, given = component.kind, component.title(), type(component)
        if registry.entry_of(given) is None:
            raise ModelFileError(
                f"the {kind} {name} could not be loaded again: its class is not registered; call "
                f"gn.register({kind!r}, {name!r}, {given.__name__}) first, here and before loading"
            )
    for component in components:
        if not _is_made_again(component):
            raise ModelFileError(
                f"the {component.kind} {component.title()} could not be loaded again: its spec {component!r} does not "
                "make it; give it options that are numbers, text, lists of these, or components"
            )


def _is_made_again(component: Component) -> bool:
    try:
        made = create(component.kind, repr(component))
    except GlassnetError:
        return False
    return type(made) is type(component) and repr(made) == repr(component)


def distributions_of(described: Any) -> dict[str, str]:
    """Return name and version of every distribution that gives a component in `described`."""
    entries = [registry.entry_of(type(component)) for component in components_in(described)]
    found = {entry.distribution: entry.version for entry in entries if entry is not None and not entry.is_by_hand}
    return {OWN_DISTRIBUTION: _version(OWN_DISTRIBUTION), **dict(sorted(found.items()))}


def provenance(described: Any) -> dict[str, Any]:
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
