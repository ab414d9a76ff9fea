"""The registry: makes components from names and specs, and gives components their names.

Entry points are read once, into an index. Nothing is imported by that. To resolve a name is to import its one entry
point, register what it names with pluggy, and ask it for its class. `glassnet.registry.plugins` does that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from glassnet.errors import AmbiguousComponentError, PluginLoadError, SpecError, WrongKindError
from glassnet.registry.entry_points import Entry, target_of
from glassnet.registry.index import VERSIONS, Index
from glassnet.registry.kinds import KIND
from glassnet.registry.plugins import Plugins, plugins
from glassnet.registry.spec import Spec, bad_name, is_name, parse, snake_case


class Registry(Index):
    """Components by name, and names by component. The program has one, `registry`; tests make their own."""

    def __init__(self, plugins: Plugins | None = None) -> None:
        super().__init__(plugins)
        self._sources: dict[type, Entry] = {}
        self._names: dict[tuple[Entry, str | None], str] = {}

    # --- from a name to a component ----------------------------------------------------------------------

    def load(self, entry: Entry) -> Any:
        """Import an entry and return its component: a class, or an instance for a kind of instances.

        Raises
        ------
        PluginLoadError
            When it cannot be imported, is of another kind, or breaks a rule of the registry.
        """
        if entry.is_by_hand:
            return entry.given
        if entry.kind is KIND:
            return self._load_kind(entry)
        component = self.plugins.load(entry)
        if isinstance(component, type) and component not in self._sources:
            self._sources[component] = self._principal(entry)
        return component

    def resolve(self, kind: str, name: str) -> Any:
        """Return the component called `name`; see `find` and `load` for what can be raised."""
        candidates = self.candidates(kind, name)
        entry = self.chosen(kind, name, candidates)
        if len(candidates) > 1:
            self.plugins.hooks.glassnet_name_shared(entry=entry, candidates=candidates)
        return self.load(entry)

    def create(self, kind: str, described: Any) -> Any:
        """Return a component of `kind` from a name, a spec or an instance.

        Raises
        ------
        SpecError, OptionError, UnknownComponentError, AmbiguousComponentError, PluginLoadError
        WrongKindError
            When `described` is none of these, or an instance of another kind.
        """
        if isinstance(described, (str, Spec)):
            spec = parse(described) if isinstance(described, str) else described
            made = self.resolve(kind, spec.name)(*spec.values, **spec.named)
        elif any(each.accepts(type(described)) for each in self.in_place_of(kind)):
            made = described
        else:
            article, told = self.kind(kind).article, self.plugins.hooks.glassnet_wrong_value(value=described, kind=kind)
            raise WrongKindError(f"expected {article} as a name, a spec or an instance, got {described!r}{told or ''}")
        made.check_depth()
        return made

    # --- from a component to a name ----------------------------------------------------------------------

    def name_of(self, component: type) -> str:
        """Return the name by which a component class can be resolved again, qualified where it has to be."""
        entry = self.entry_of(component)
        return snake_case(component.__name__) if entry is None else self.name_for(entry)

    def name_for(self, entry: Entry) -> str:
        """Return the name that means `entry` and nothing else, such as ``glassnet-swish:swish`` where two swish are."""
        if entry.is_by_hand:
            return entry.name
        key = (entry, os.environ.get("GLASSNET_PREFER"))
        if (name := self._names.get(key)) is None:
            places = [kind for kind in self.plugins.kinds if entry.kind in self.in_place_of(kind)]
            is_meant = all(self._is_meant(entry, kind) for kind in places or [entry.kind.name])
            name = self._names[key] = entry.name if is_meant else f"{entry.distribution}:{entry.name}"
        return name

    def _is_meant(self, entry: Entry, kind: str) -> bool:
        """Tell whether the bare name means `entry` here, and under every value of ``GLASSNET_PREFER``."""
        try:
            found = self.find(kind, entry.name)
        except AmbiguousComponentError:
            return False
        return found.target == entry.target and (entry.is_own or len(self.candidates(kind, entry.name)) == 1)

    def entry_of(self, component: Any) -> Entry | None:
        """Return the entry that gives a component class, or None for an unregistered class."""
        if by_hand := [entry for entry in list(self._by_hand.values()) if entry.given is component]:
            return by_hand[-1]
        if component not in self._sources:
            self._load_entry_of(component)
        return self._sources.get(component)

    def _load_entry_of(self, component: Any) -> None:
        """Load the entry of a class that was imported from its module and not by its name."""
        package = component.__module__.partition(".")[0]
        near = [each for each in self.entries(component.kind) if each.target.startswith((f"{package}.", f"{package}:"))]
        exact = [entry for entry in near if entry.target == target_of(component, "")]
        for entry in exact or near:  # not exact where it is named by a module that re-exports it
            with suppress(PluginLoadError):
                if self.load(entry) is component:
                    return

    def _principal(self, entry: Entry) -> Entry:
        """Of the entries with one target, return glassnet's own, and of these no alias: it is named like the class."""
        same = [each for each in self.entries(entry.kind.name) if each.target == entry.target and not each.is_by_hand]
        like_class = snake_case(entry.target.rpartition(":")[2])
        return max(same, key=lambda each: (each.is_own, each.name == like_class, len(each.name)), default=entry)

    # --- by hand -----------------------------------------------------------------------------------------

    def register(self, kind: str, name: str, component: Any) -> None:
        """Give `name` to a component of this session, such as a class written in a notebook.

        Registering the same name again replaces it. A name that an installed distribution gives is hidden
        for this session.

        Raises
        ------
        WrongKindError
            When `component` is not of the kind.
        SpecError
            When the name is not a lower-case identifier.
        """
        of_kind = self.kind(kind)
        if not is_name(name):
            raise SpecError(bad_name(name))
        if not of_kind.accepts(component):
            raise WrongKindError(f"cannot register {component!r} as {of_kind.article}: it is not one")
        self.unregister(kind, name)  # so that the newest is the last
        self._by_hand[of_kind.name, name] = Entry(of_kind, name, target_of(component, name), given=component)
        self.version = next(VERSIONS)  # last: what another thread has found meanwhile is of the number before

    def unregister(self, kind: str, name: str) -> None:
        """Take back what `register` did."""
        self._by_hand.pop((self.kind(kind).name, name), None)
        self._names.clear()
        self.version = next(VERSIONS)


registry = Registry(plugins)
create, resolve, name_of = registry.create, registry.resolve, registry.name_of
register = registry.register
