"""Names that nothing gives: whether another kind, another distribution or a distribution that is off has them."""

from __future__ import annotations

from glassnet.registry.entry_points import is_enabled
from glassnet.registry.kinds import Kind
from glassnet.registry.registry import registry
from glassnet.registry.spec import bad_name, better, is_name
from glassnet_hints.editable_installs import reinstall_hint
from glassnet_hints.wrong_calls import AS_OPTION


def other_kind(kinds: list[Kind], name: str) -> str | None:
    """Return that `name` is of another kind, if it is."""
    bare = name.rpartition(":")[2]
    others = [entry.kind for entry in registry.entries() if entry.name == bare and entry.kind not in kinds]
    if not others:
        return None
    where = AS_OPTION.get(others[0].name)
    return f": {bare!r} is {others[0].article}{f'; {where}' if where else ''}"


def switched_off(kind: Kind, name: str) -> str | None:
    """Return how to switch on the plugin that gives a public name or a method; None if no plugin gives it."""
    for entry in registry.plugins.entries(kind):
        if entry.name.rpartition(".")[2] == name and not is_enabled(entry):
            package = entry.target.partition(".")[0].removeprefix("glassnet_")
            return f": the plugin {package} is switched off; take it out of GLASSNET_DISABLE"
    return None


def why_missing(kinds: list[Kind], name: str) -> str:
    """Return which distribution has a component `name` and why it is not used: ``; …``; nothing if none is known."""
    for entry in (entry for kind in kinds for entry in registry.plugins.entries(kind)):
        if not is_enabled(entry) and entry.name == name:
            switch = "GLASSNET_DISABLE or GLASSNET_AUTOLOAD=0 switches that off"
            return f"; {entry.distribution} gives it, and {switch}"
        if entry.name == name:
            return f"; {name!r} is given by {entry.distribution}"
        if not is_name(entry.name) and better(entry.name) == name:
            return f"; {entry.distribution} has it: {bad_name(entry.name)}"
    return reinstall_hint(kinds, name)
