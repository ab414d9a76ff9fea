"""What the registry says when a name means nothing, or too much, or something else than a component."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from glassnet.errors import GlassnetWarning
from glassnet.registry.entry_points import Entry
from glassnet.registry.kinds import Kind
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry
from glassnet.support.distributions import OWN_DISTRIBUTION, distributions_in
from glassnet_names.nearest import did_you_mean

# A message lists no more names than a person reads.
_LISTED = 60


def unknown(kinds: list[Kind], name: str, known: list[str]) -> str:
    """Return the message about a name that nothing gives.

    Parameters
    ----------
    kinds
        The kind that was asked for, and those that may be used in its place.
    known
        The names that these have.
    """
    hooks = plugin_hooks()
    listed = ", ".join(known[:_LISTED]) or "none"
    listed += f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    hint = hooks.glassnet_unknown_component(kinds=kinds, name=name, known=known)
    hint = did_you_mean(name, known) if hint is None else hint
    advice = hooks.glassnet_missing_install(kinds=kinds, name=name.rpartition(":")[2])
    return f"unknown {kinds[0].name} {name!r}{hint} (installed: {listed}){advice or ''}"


def ambiguous(candidates: list[Entry]) -> str:
    """Return the message about a name that several distributions give."""
    title, name = candidates[0].title, candidates[0].name
    distributions = sorted({entry.distribution for entry in candidates})
    if len(distributions) == 1:
        targets = " and ".join(sorted(entry.target for entry in candidates))
        return f"{title} is given twice by {distributions[0]} ({targets}); upgrade or uninstall it"
    ways = " or ".join(f"'{each}:{name}'" for each in distributions)
    given = f"{title} is given by {' and by '.join(distributions)}"
    return f"{given}: write {ways}, or set GLASSNET_PREFER={distributions[0]}"


def warn_of_others(entry: Entry, candidates: list[Entry]) -> None:
    """Warn that a name was taken to mean glassnet's own component, since no preference is set."""
    others = sorted({each.distribution for each in candidates if not each.is_own})
    if not others or not entry.is_own or OWN_DISTRIBUTION in distributions_in("GLASSNET_PREFER"):
        return
    warnings.warn(
        f"{entry.title} is given by {OWN_DISTRIBUTION} and by {' and by '.join(others)}: glassnet's own is used; "
        f"for the other write '{others[0]}:{entry.name}' or set GLASSNET_PREFER={others[0]}, "
        f"or set GLASSNET_PREFER={OWN_DISTRIBUTION} to be told no more",
        GlassnetWarning,
        stacklevel=3,
    )


def wrong_kind(entry: Entry, found: Any, kinds: Mapping[str, Kind]) -> str:
    """Return why `found`, which an entry names or its hook gave, cannot be its component."""
    other = getattr(found, "kind", None)
    if isinstance(found, type) and isinstance(other, str) and other in kinds:
        return f"it is {kinds[other].article}: its entry point belongs into the group {kinds[other].group}"
    what = shorten(repr(found), 100)
    return f"it is {what}, not {entry.kind.article}, and has no glassnet_component() marked with @gn.hookimpl"


def class_instead_of_instance(value: Any) -> str | None:
    """Return what to write if a component's class is given where an instance is wanted; None for other values."""
    if not (isinstance(value, type) and isinstance(getattr(value, "kind", None), str)):
        return None
    entry = registry.entry_of(value)
    call = value.__name__ if entry is None else f"gn.{entry.kind.plural}.{entry.name}"
    return f"; call the class to make one: {call}()"
