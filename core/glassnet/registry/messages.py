"""What the registry says when a name means nothing, or too much, or something else than a component."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from glassnet.errors import AmbiguousComponentError, GlassnetWarning, UnknownComponentError, did_you_mean
from glassnet.registry.entry_points import OWN_DISTRIBUTION, Entry, distributions_in
from glassnet.registry.kinds import Kind

# A message lists no more names than a person reads.
_LISTED = 60


def unknown(kinds: list[Kind], name: str, known: list[str], hooks: Any) -> UnknownComponentError:
    """Return the error for a name that nothing gives.

    Parameters
    ----------
    kinds
        The kind that was asked for, and those that may be used in its place.
    known
        The names that these have.
    hooks
        The hooks by which plugins say more.
    """
    listed = ", ".join(known[:_LISTED]) or "none"
    listed += f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    hint = hooks.glassnet_unknown_component(kinds=kinds, name=name, known=known)
    hint = did_you_mean(name, known) if hint is None else hint
    advice = hooks.glassnet_missing_install(kinds=kinds, name=name.rpartition(":")[2])
    text = f"unknown {kinds[0].name} {name!r}{hint} (installed: {listed}){advice or ''}"
    return UnknownComponentError(text)


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
