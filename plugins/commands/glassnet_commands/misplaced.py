"""Entry points under a group that no kind has: a misspelt group, or a kind that is not installed."""

from __future__ import annotations

from glassnet.registry.entry_points import Entry, is_enabled
from glassnet.registry.kinds import METHOD, PUBLIC_NAME, Kind
from glassnet.registry.registry import registry
from glassnet_names.nearest import did_you_mean

# Groups whose entry points are not components.
_OTHERS = ("glassnet.settings", "glassnet.startup")


def misplaced_entries() -> list[Entry]:
    """Return the entry points that no kind lists, under a kind that is called like the end of their group."""
    groups = sorted(registry.plugins.groups.keys() - _known_groups())
    kinds = [Kind(ending, "", ending) for ending in (group.partition(".")[2] for group in groups)]
    return [entry for kind in kinds for entry in registry.plugins.entries(kind) if is_enabled(entry)]


def why_misplaced(entry: Entry) -> str:
    """Return what is wrong with the group of an entry point, and which one was probably meant."""
    endings = [group.partition(".")[2] for group in _known_groups()]
    meant = did_you_mean(entry.kind.plural, endings).replace("mean '", "mean 'glassnet.")
    return f"no kind has the entry-point group {entry.kind.group!r}{meant or '; install the package that declares it'}"


def _known_groups() -> list[str]:
    return [*_OTHERS, *(kind.group for kind in (*registry.kinds.values(), PUBLIC_NAME, METHOD))]
