"""What the registry says when a name means nothing, or too much, or something else than a component."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from textwrap import shorten
from typing import Any

from glassnet.errors import AmbiguousComponentError, GlassnetWarning, UnknownComponentError, did_you_mean
from glassnet.registry.entry_points import OWN_DISTRIBUTION, Entry, bad_name, better, distributions_in, is_name
from glassnet.registry.kinds import KINDS, Kind
from glassnet.registry.plugins import plugin_hooks

# A message lists no more names than a person reads.
_LISTED = 60


def unknown(kinds: list[Kind], name: str, enabled: Iterable[Entry], disabled: Iterable[Entry]) -> UnknownComponentError:
    """Return the error for a name that nothing gives.

    Parameters
    ----------
    kinds
        The kind that was asked for, and those that may stand in its place.
    enabled, disabled
        All that is installed, and what the environment switches off.
    """
    bare = name.rpartition(":")[2]
    installed = list(enabled)
    present = [entry for entry in installed if entry.kind in kinds]
    names = sorted({entry.name for entry in present if is_name(entry.name)})
    listed = ", ".join(names[:_LISTED]) or "none"
    listed += f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    elsewhere = [entry.kind.article for entry in installed if entry.name == bare and entry.kind not in kinds]
    hint = f": {bare!r} is {elsewhere[0]}" if elsewhere else _hint(kinds[0].name, name, names)
    message = f"unknown {kinds[0].name} {name!r}{hint} (installed: {listed})"
    for entry in present:
        if entry.name == bare:
            return UnknownComponentError(f"{message}; {bare!r} is given by {entry.distribution}")
        if not is_name(entry.name) and better(entry.name) == bare:
            return UnknownComponentError(f"{message}; {entry.distribution} has it: {bad_name(entry.name)}")
    for entry in disabled:
        if entry.kind in kinds and entry.name == bare:
            switch = f"{entry.distribution} gives it, and GLASSNET_DISABLE or GLASSNET_AUTOLOAD=0 switches that off"
            return UnknownComponentError(f"{message}; {switch}")
    advice: list[str] = plugin_hooks().glassnet_missing_install(kinds=kinds, name=bare)
    return UnknownComponentError(message + "".join(advice))


def _hint(kind: str, name: str, known: list[str]) -> str:
    """Return what a plugin says of an unknown name, or else the name that it resembles."""
    hint: str | None = plugin_hooks().glassnet_unknown_component(kind=kind, name=name, known=known)
    return did_you_mean(name, known) if hint is None else hint


def ambiguous(candidates: list[Entry]) -> AmbiguousComponentError:
    """Return the error for a name that several distributions give."""
    title, name = candidates[0].title, candidates[0].name
    distributions = sorted({entry.distribution for entry in candidates})
    if len(distributions) == 1:
        targets = " and ".join(sorted(entry.target for entry in candidates))
        return AmbiguousComponentError(
            f"{title} is given twice by {distributions[0]} ({targets}); upgrade or uninstall it"
        )
    ways = " or ".join(f"'{each}:{name}'" for each in distributions)
    return AmbiguousComponentError(
        f"{title} is given by {' and by '.join(distributions)}: write {ways}, or set GLASSNET_PREFER={distributions[0]}"
    )


def warn_of_others(entry: Entry, candidates: list[Entry]) -> None:
    """Say that a name was taken to mean glassnet's own component, where nobody said which is preferred."""
    others = sorted({each.distribution for each in candidates if not each.is_own})
    if not entry.is_own or not others or OWN_DISTRIBUTION in distributions_in("GLASSNET_PREFER"):
        return
    warnings.warn(
        f"{entry.title} is given by {OWN_DISTRIBUTION} and by {' and by '.join(others)}: glassnet's own is used; "
        f"for the other write '{others[0]}:{entry.name}' or set GLASSNET_PREFER={others[0]}, "
        f"or set GLASSNET_PREFER={OWN_DISTRIBUTION} to be told no more",
        GlassnetWarning,
        stacklevel=3,
    )


def wrong_kind(entry: Entry, found: Any) -> str:
    """Return why `found`, which an entry names or its hook gave, cannot be its component."""
    other = getattr(found, "kind", None)
    if isinstance(found, type) and isinstance(other, str) and other in KINDS:
        return f"it is {KINDS[other].article}: its entry point belongs into the group {KINDS[other].group}"
    what = shorten(repr(found), 100)
    return f"it is {what}, not {entry.kind.article}, and has no glassnet_component() marked with @gn.hookimpl"
