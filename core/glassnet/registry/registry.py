"""The registry: finds components by name, imports them when they are used, and keeps their faults apart.

Entry points are read once, into an index ``(kind, name) -> entries``. Nothing is imported by that. To
resolve a name is to import its one entry point, register what it names with pluggy, and ask it for its class.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pluggy

from glassnet.components.component import check_depth
from glassnet.errors import AmbiguousComponentError, PluginLoadError, SpecError, WrongKindError
from glassnet.registry import hookspecs
from glassnet.registry.entry_points import (
    OWN_DISTRIBUTION,
    Entry,
    Unusable,
    bad_name,
    canonical,
    describe,
    distributions_in,
    is_name,
    read_entries,
    snake_case,
)
from glassnet.registry.explained import explained
from glassnet.registry.kinds import KINDS, Kind, kind_named
from glassnet.registry.messages import ambiguous, unknown, warn_of_others, wrong_kind
from glassnet.registry.spec import Spec, parse


class Registry:
    """An index of components. The program has one, `registry`; tests make their own.

    Attributes
    ----------
    plugins
        What was loaded, under names such as ``activation:glassnet-swish/swish``.
    """

    def __init__(self) -> None:
        self.plugins = pluggy.PluginManager("glassnet")
        self.plugins.add_hookspecs(hookspecs.PluginHooks)
        # Held for a look at the tables, never while a plugin's own code runs: that may wait for a thread
        # which is importing another plugin, and that one for the registry.
        self._lock = threading.RLock()
        self._installed: dict[tuple[str, str], list[Entry]] | None = None
        self._disabled: list[Entry] = []
        self._by_hand: dict[tuple[str, str], Entry] = {}
        self._loaded: dict[tuple[str, str, str], Any] = {}
        self._sources: dict[Any, Entry] = {}
        self._is_checked = False

    # --- the index -------------------------------------------------------------------------------------

    @property
    def index(self) -> dict[tuple[str, str], list[Entry]]:
        """Every enabled entry point of every kind, by ``(kind, name)``; read at the first use."""
        with self._lock:
            if self._installed is None:
                enabled, self._disabled = read_entries()
                self._installed = {}
                for entry in enabled:
                    self._installed.setdefault((entry.kind.name, entry.name), []).append(entry)
        if not self._is_checked and os.environ.get("GLASSNET_STRICT") == "1":
            self._load_all()
        return self._installed

    def _load_all(self) -> None:
        self._is_checked = True  # at once, because a plugin that is loaded may look into the index
        try:
            for entry in self.entries():
                self.load(entry)
        except BaseException:
            self._is_checked = False
            raise

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return the entries of one kind or of all, sorted by kind and name."""
        index = self.index
        with self._lock:
            listed = [*(entry for same_name in index.values() for entry in same_name), *self._by_hand.values()]
        chosen = listed if kind is None else [entry for entry in listed if entry.kind is kind_named(kind)]
        order = list(KINDS)
        return sorted(chosen, key=lambda entry: (order.index(entry.kind.name), entry.name, entry.target))

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind that a spec can hold, sorted."""
        return sorted({entry.name for entry in self.entries(kind) if is_name(entry.name)})

    # --- from a name to a component ----------------------------------------------------------------------

    def find(self, kind: str, name: str) -> Entry:
        """Return the one entry that gives `name`, which may be qualified: ``glassnet-swish:swish``.

        Where several distributions give it, the first in ``GLASSNET_PREFER`` is taken, else glassnet itself.

        Raises
        ------
        UnknownComponentError
            When nothing installed gives the name.
        AmbiguousComponentError
            When several distributions give it, glassnet is not among them, and none is preferred.
        """
        candidates = self._candidates(kind, name)
        if not candidates:
            raise unknown(_in_place_of(kind), name, self.entries(), self._disabled)
        if len(candidates) == 1:
            return candidates[0]
        for distribution in (*distributions_in("GLASSNET_PREFER"), OWN_DISTRIBUTION):
            chosen = [each for each in candidates if canonical(each.distribution) == distribution]
            if len(chosen) == 1:
                return chosen[0]
        raise ambiguous(candidates)

    def in_full(self, name: str) -> list[str]:
        """Return what a bare name may mean, as KIND:NAME; the most specific kind first."""
        return [f"{kind}:{name}" for kind in reversed(KINDS) if self.has(kind, name)]

    def has(self, kind: str, name: str) -> bool:
        """Tell whether `name` is given by anything, without loading it."""
        return bool(self._candidates(kind, name))

    def _candidates(self, kind: str, name: str) -> list[Entry]:
        """Return the entries that `name` may mean where a component of `kind` is wanted."""
        distribution, _, bare = name.rpartition(":")
        index = self.index
        keys = [(each.name, bare) for each in _in_place_of(kind)]
        for key in keys if not distribution else ():
            if (by_hand := self._by_hand.get(key)) is not None:
                return [by_hand]
        found = [entry for key in keys for entry in index.get(key, ())]
        if distribution:
            found = [entry for entry in found if canonical(entry.distribution) == canonical(distribution)]
        if len(found) < 2:
            return found
        # Two entry points with one target are one component, whoever names it.
        distinct: dict[str, Entry] = {}
        for entry in sorted(found, key=lambda entry: not entry.is_own):
            distinct.setdefault(entry.target, entry)
        # A distribution that gives a layer and an activation of one name means the layer where a layer is wanted.
        exact = {entry.distribution for entry in distinct.values() if entry.kind.name == keys[0][0]}
        return [e for e in distinct.values() if e.kind.name == keys[0][0] or e.distribution not in exact]

    def load(self, entry: Entry) -> Any:
        """Import an entry and return its component: a class, or for a command a click command.

        Raises
        ------
        PluginLoadError
            When it cannot be imported, is of another kind, or breaks a rule of the registry.
        """
        if entry.by_hand is not None:
            return entry.by_hand
        key = (entry.kind.name, entry.distribution, entry.target)
        if key not in self._loaded:
            try:
                component = self._component(entry, entry.imported())
            except KeyboardInterrupt:
                raise
            except Unusable as cause:
                raise entry.broken(str(cause)) from cause.__cause__
            except BaseException as error:  # a plugin that calls sys.exit() must not end the program
                raise entry.broken(describe(error)) from error
            source = self._principal(entry)
            with self._lock:
                # Two threads may come here at once; what the first of them has stands.
                self._sources.setdefault(self._loaded.setdefault(key, component), source)
        return self._loaded[key]

    def _component(self, entry: Entry, plugin: Any) -> Any:
        """Register `plugin` with pluggy and return the component that it gives."""
        # Nothing else comes near pluggy, which compares plugins by ==: an array there would break every lookup.
        may_give_one = isinstance(plugin, (type, ModuleType)) or hasattr(plugin, "glassnet_component")
        if not may_give_one and not entry.kind.accepts(plugin):
            raise Unusable(wrong_kind(entry, plugin))
        name = f"{entry.kind.name}:{entry.distribution}/{entry.name}"
        with self._lock:
            self._register(plugin, name)
            implementations = self.plugins.hook.glassnet_component.get_hookimpls()
            functions = [each.function for each in implementations if each.plugin is plugin]
        try:
            component = functions[0]() if functions else plugin
            if not entry.kind.accepts(component):
                raise Unusable(wrong_kind(entry, component))
        except BaseException:
            with self._lock:
                self.plugins.unregister(name=name)
            raise
        return component

    def _register(self, plugin: Any, name: str) -> None:
        if any(plugin is registered for _, registered in self.plugins.list_name_plugin()):
            return
        if self.plugins.has_plugin(name):
            raise Unusable("its distribution gives the name twice")
        try:
            self.plugins.register(plugin, name)
            self.plugins.check_pending()
        except pluggy.PluginValidationError as error:
            self.plugins.unregister(name=name)
            problem = " ".join(str(error).split())
            raise Unusable(f"{problem} (the hook is glassnet_component, without arguments)") from error

    def resolve(self, kind: str, name: str) -> Any:
        """Return the component called `name`; see `find` and `load` for what can be raised."""
        entry = self.find(kind, name)
        warn_of_others(entry, self._candidates(kind, name))
        return self.load(entry)

    @explained
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
            check_depth(made)
            return made
        kinds = _in_place_of(kind)
        if any(each.accepts(type(described)) for each in kinds):
            check_depth(described)
            return described
        is_class = any(each.accepts(described) for each in kinds)
        hint = f"; call the class to make one: {self._call_of(described)}" if is_class else ""
        raise WrongKindError(f"expected {kinds[0].article} as a name, a spec or an instance, got {described!r}{hint}")

    def _call_of(self, component: type) -> str:
        """Return the call that makes an instance, as a user writes it."""
        entry = self.entry_of(component)
        return f"{component.__name__}()" if entry is None else f"gn.{entry.kind.plural}.{entry.name}()"

    # --- from a component to a name ----------------------------------------------------------------------

    def name_of(self, component: type) -> str:
        """Return the name by which a component class can be resolved again, qualified where it has to be."""
        entry = self.entry_of(component)
        return snake_case(component.__name__) if entry is None else self.name_for(entry)

    def name_for(self, entry: Entry) -> str:
        """Return the name that means `entry` and nothing else, such as ``glassnet-swish:swish`` where two swish are."""
        places = [kind for kind in KINDS if entry.kind in _in_place_of(kind)]
        if entry.by_hand is not None or all(self._is_meant(entry, kind) for kind in places):
            return entry.name
        return f"{entry.distribution}:{entry.name}"

    def _is_meant(self, entry: Entry, kind: str) -> bool:
        """Tell whether the bare name means `entry` here, and does so whatever ``GLASSNET_PREFER`` is elsewhere."""
        try:
            found = self.find(kind, entry.name)
        except AmbiguousComponentError:
            return False
        return found.target == entry.target and (entry.is_own or len(self._candidates(kind, entry.name)) == 1)

    def entry_of(self, component: Any) -> Entry | None:
        """Return the entry that gives a component class, or None for one that nobody registered."""
        with self._lock:
            by_hand = [entry for entry in self._by_hand.values() if entry.by_hand is component]
        if by_hand:
            return by_hand[-1]
        if component not in self._sources and (entry := self._unloaded_entry_of(component)) is not None:
            self._sources[component] = self._principal(entry)
        return self._sources.get(component)

    def _unloaded_entry_of(self, component: Any) -> Entry | None:
        """Return the entry of a class that was imported from its module and not by its name."""
        package = component.__module__.partition(".")[0]
        near = [each for each in self.entries(component.kind) if each.target.startswith((f"{package}.", f"{package}:"))]
        exact = [entry for entry in near if entry.target == f"{component.__module__}:{component.__qualname__}"]
        for entry in exact or near:  # not exact where it is named by a module that re-exports it
            try:
                if self.load(entry) is component:
                    return entry
            except PluginLoadError:
                continue
        return None

    def _principal(self, entry: Entry) -> Entry:
        """Of the entries with one target, return glassnet's own, and of these no alias: it is named like the class."""
        of_kind = (each for (kind, _), entries in self.index.items() if kind == entry.kind.name for each in entries)
        same = [each for each in of_kind if each.target == entry.target]
        like_class = snake_case(entry.target.rpartition(":")[2])
        return max(same, key=lambda each: (each.is_own, each.name == like_class, len(each.name)), default=entry)

    # --- by hand -----------------------------------------------------------------------------------------

    @explained
    def register(self, kind: str, name: str, component: Any) -> None:
        """Give `name` to a component of this session, such as a class written in a notebook.

        Registering the same name again replaces it. A name that an installed distribution gives is hidden
        for this session.

        Raises
        ------
        WrongKindError
            When `component` is not of the kind.
        SpecError
            When the name is no lower-case identifier.
        """
        of_kind = kind_named(kind)
        if not is_name(name):
            raise SpecError(bad_name(name))
        if not of_kind.accepts(component):
            raise WrongKindError(f"cannot register {component!r} as {of_kind.article}: it is not one")
        target = f"{getattr(component, '__module__', '?')}:{getattr(component, '__qualname__', name)}"
        with self._lock:
            self._by_hand.pop((of_kind.name, name), None)  # so that the newest is the last
            self._by_hand[of_kind.name, name] = Entry(of_kind, name, target, by_hand=component)

    def unregister(self, kind: str, name: str) -> None:
        """Take back what `register` did."""
        with self._lock:
            self._by_hand.pop((kind_named(kind).name, name), None)

    @contextmanager
    def registered(self, kind: str, name: str, component: Any) -> Iterator[None]:
        """Register for the length of a ``with`` block; what the name meant before comes back."""
        before = self._by_hand.get((kind_named(kind).name, name))
        self.register(kind, name, component)
        try:
            yield
        finally:
            self.unregister(kind, name)
            if before is not None:
                self.register(kind, name, before.by_hand)


def _in_place_of(kind: str) -> list[Kind]:
    """Return the kind called `kind`, and those whose components may stand in its place."""
    wanted = kind_named(kind)
    return [wanted, *(KINDS[also] for also in wanted.also)]


registry = Registry()
create = registry.create
resolve = registry.resolve
name_of = registry.name_of
register = registry.register
registered = registry.registered

__all__ = [
    "OWN_DISTRIBUTION",
    "Entry",
    "Registry",
    "create",
    "name_of",
    "register",
    "registered",
    "registry",
    "resolve",
]
