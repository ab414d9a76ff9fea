"""Entry points: what installed distributions offer under glassnet's groups, read without importing any of it."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import Any

import attrs
from importlib_metadata import EntryPoint

from glassnet.errors import PluginLoadError
from glassnet.registry.kinds import METHOD, PUBLIC_NAME, Kind
from glassnet.registry.spec import bad_name, is_name
from glassnet.support import distributions


class Unusable(Exception):  # noqa: N818 - it never reaches a user; `Entry.load` turns it into a PluginLoadError
    """The cause, in words, why an entry cannot be used."""


@attrs.frozen(eq=False, slots=False)
class Entry:
    """One name that can be resolved: an entry point, or a component that was registered in another way.

    Attributes
    ----------
    kind, name, target
        What it is, what it is called, and where it is, as ``module:attribute``.
    point
        The entry point that names it, or the plugin that registers it. None for what a session registers by hand.
    given
        The component, where nothing has to be imported for it.
    """

    kind: Kind
    name: str
    target: str
    point: EntryPoint | None = None
    given: Any = None

    @property
    def is_by_hand(self) -> bool:
        """Whether this session registered it, and no distribution."""
        return self.point is None

    @property
    def distribution(self) -> str:
        """The distribution that gives the name. Reading it opens a file, so it is read when asked for."""
        return self._name_and_version[0]

    @property
    def version(self) -> str:
        """The version of the distribution."""
        return self._name_and_version[1]

    @cached_property
    def _name_and_version(self) -> tuple[str, str]:
        return (
            ("by-hand", "")
            if self.point is None or self.point.dist is None
            else distributions.name_and_version(self.point.dist)
        )

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """What two names of one component have in common."""
        return self.kind.name, self.distribution, self.target

    @property
    def plugin_name(self) -> str:
        """The name under which pluggy knows it."""
        return f"{self.kind.name}:{self.distribution}/{self.name}"

    @property
    def is_own(self) -> bool:
        """Whether glassnet itself ships the component."""
        return self.distribution == distributions.OWN_DISTRIBUTION

    @property
    def title(self) -> str:
        """The component as messages name it."""
        return f"{self.kind.name} {self.name!r}"

    def broken(self, cause: str) -> PluginLoadError:
        """Return the error that says why this entry cannot be used."""
        return PluginLoadError(self.title, self.distribution, self.version, self.target, cause)

    def imported(self) -> Any:
        """Import and return what the entry point names. Errors of the import are raised unchanged.

        Raises
        ------
        Unusable
            When the entry breaks a rule, so that nothing was imported.
        """
        assert self.point is not None
        if self.kind not in (PUBLIC_NAME, METHOD) and not is_name(self.name):
            raise Unusable(bad_name(self.name))
        return self.point.load() if self.given is None else self.given


def read_groups() -> dict[str, list[EntryPoint]]:
    """Return every entry point under a group of glassnet, by its group. None of them is imported by that."""
    groups: dict[str, list[EntryPoint]] = {}
    for point in distributions.all_entry_points():
        if point.group.startswith("glassnet."):
            groups.setdefault(point.group, []).append(point)
    return groups


def entry_of(kind: Kind, point: EntryPoint) -> Entry:
    """Return the entry of an entry point of one kind."""
    return Entry(kind, point.name, "".join(point.value.partition("[")[0].split()), point)


def target_of(component: Any, name: str) -> str:
    """Return where a component was written, as ``module:attribute``; one without a name of its own has `name`."""
    return f"{getattr(component, '__module__', '?')}:{getattr(component, '__qualname__', name)}"


def is_enabled(entry: Entry) -> bool:
    """Tell whether the environment lets in this distribution, and of it this plugin and what its package gives."""
    disabled, only_own = distributions.distributions_in("GLASSNET_DISABLE"), os.environ.get("GLASSNET_AUTOLOAD") == "0"
    if not disabled and not only_own:
        return True  # without reading the distribution's name, which costs a file each
    package = distributions.canonical(re.split("[.:]", entry.target)[0].removeprefix("glassnet_"))
    return not {package, distributions.canonical(entry.distribution)} & {*disabled} and (not only_own or entry.is_own)
