"""The registry: finds components by name, imports them when they are used, and keeps their faults apart.

Entry points are read once, into an index ``(kind, name) -> entries``. Nothing is imported by that. To
resolve a name is to import its one entry point, register what it names with pluggy, and ask it for its class.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import importlib_metadata
import pluggy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from glassnet import hookspecs
from glassnet.errors import (
    AmbiguousComponentError,
    GlassnetError,
    PluginLoadError,
    UnknownComponentError,
    did_you_mean,
)
from glassnet.kinds import KINDS, Kind
from glassnet.spec import Spec, parse

OWN_DISTRIBUTION = "glassnet"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Entry:
    """One entry point, or one component registered by hand: a name that can be resolved."""

    kind: Kind
    name: str
    target: str
    point: importlib_metadata.EntryPoint | None = None
    by_hand: Any = None

    @cached_property
    def distribution(self) -> str:
        """The distribution that gives the name. Reading it opens a file, so it is read when asked for."""
        return self.point.dist.name if self.point is not None and self.point.dist is not None else "by-hand"

    @cached_property
    def version(self) -> str:
        """The version of the distribution."""
        return self.point.dist.version if self.point is not None and self.point.dist is not None else ""

    @property
    def title(self) -> str:
        """The component as messages name it."""
        return f"{self.kind.name} {self.name!r}"

    def broken(self, cause: str) -> PluginLoadError:
        """Return the error that says why this entry cannot be used."""
        return PluginLoadError(self.title, self.distribution, self.version, self.target, cause)


class Registry:
    """An index of components. The program has one, `registry`; tests make their own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._index: dict[tuple[str, str], list[Entry]] | None = None
        self._by_hand: dict[tuple[str, str], Entry] = {}
        self._loaded: dict[tuple[str, str, str], Any] = {}
        self._names: dict[Any, str] = {}
        self._plugins = pluggy.PluginManager("glassnet")
        self._plugins.add_hookspecs(hookspecs.PluginHooks)

    # --- the index -------------------------------------------------------------------------------------

    @property
    def index(self) -> dict[tuple[str, str], list[Entry]]:
        """Every entry point of every kind, by ``(kind, name)``; read at the first use."""
        with self._lock:
            if self._index is None:
                self._index = _read_entry_points()
                if os.environ.get("GLASSNET_STRICT") == "1":
                    for entry in self.entries():
                        self.load(entry)
            return self._index

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return the entries of one kind or of all, sorted by kind and name."""
        with self._lock:
            installed = [entry for same_name in self.index.values() for entry in same_name]
            listed = [*installed, *self._by_hand.values()]
        order = list(KINDS)
        chosen = [entry for entry in listed if kind in (None, entry.kind.name)]
        return sorted(chosen, key=lambda entry: (order.index(entry.kind.name), entry.name, entry.target))

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind, sorted."""
        return sorted({entry.name for entry in self.entries(kind)})

    # --- from a name to a component ----------------------------------------------------------------------

    def find(self, kind: str, name: str) -> Entry:
        """Return the one entry that gives `name`, which may be qualified: ``glassnet-swish:swish``.

        Raises
        ------
        UnknownComponentError
            When nothing installed gives the name.
        AmbiguousComponentError
            When two distributions give it and none is preferred.
        """
        distribution, _, bare = name.rpartition(":")
        for each in (kind, *KINDS[kind].also):
            candidates = self._candidates(each, bare, distribution)
            if len(candidates) == 1:
                return candidates[0]
            if candidates:
                raise _ambiguous(candidates)
        raise self._unknown(kind, name)

    def has(self, kind: str, name: str) -> bool:
        """Tell whether `name` is given by anything, without loading it."""
        return bool(self._candidates(kind, *name.rpartition(":")[::-2]))

    def _candidates(self, kind: str, name: str, distribution: str) -> list[Entry]:
        with self._lock:
            if (kind, name) in self._by_hand and not distribution:
                return [self._by_hand[kind, name]]
            candidates = self.index.get((kind, name), [])
        if distribution:
            wanted = canonicalize_name(distribution)
            return [each for each in candidates if canonicalize_name(each.distribution) == wanted]
        # Two entry points with one target are one component, whoever names it.
        distinct = list({each.target: each for each in candidates}.values())
        for preferred in _listed_in("GLASSNET_PREFER") if len(distinct) > 1 else []:
            chosen = [each for each in distinct if canonicalize_name(each.distribution) == preferred]
            if chosen:
                return chosen
        return distinct

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
        # The lock is not held during the import: a plugin may look up other components while it is imported,
        # and two threads that meet here get the one module that Python imports once.
        if key not in self._loaded:
            plugin = _import(entry)
            with self._lock:
                if key not in self._loaded:
                    self._loaded[key] = self._register(entry, plugin)
                    self._names.setdefault(self._loaded[key], self._canonical_name(entry))
        return self._loaded[key]

    def _register(self, entry: Entry, plugin: Any) -> Any:
        """Register `plugin` with pluggy and return the component that it gives."""
        name = f"{entry.kind.name}:{entry.distribution}/{entry.name}"
        if entry.kind.instances and entry.kind.accepts(plugin):
            return plugin
        try:
            if not self._plugins.is_registered(plugin):
                self._plugins.register(plugin, name)
            self._plugins.check_pending()
            if not hasattr(plugin, "glassnet_component"):
                raise entry.broken(f"it is {plugin!r}, not {entry.kind.article} and without glassnet_component()")
            component = plugin.glassnet_component()
        except PluginLoadError:
            self._plugins.unregister(plugin)
            raise
        except Exception as error:
            if self._plugins.is_registered(plugin):
                self._plugins.unregister(plugin)
            raise entry.broken(_describe(error)) from error
        if not entry.kind.accepts(component):
            self._plugins.unregister(plugin)
            raise entry.broken(f"it is {component!r}, which is not {entry.kind.article}")
        return component

    def resolve(self, kind: str, name: str) -> Any:
        """Return the component called `name`; see `find` and `load` for what can be raised."""
        return self.load(self.find(kind, name))

    def create(self, kind: str, described: Any) -> Any:
        """Return a component of `kind` from a name, a spec or an instance.

        Raises
        ------
        SpecError, OptionError, UnknownComponentError, AmbiguousComponentError, PluginLoadError
        """
        if isinstance(described, (str, Spec)):
            spec = parse(described) if isinstance(described, str) else described
            return self.resolve(kind, spec.name)(*spec.values, **spec.named)
        accepted = (kind, *KINDS[kind].also)
        if any(KINDS[each].accepts(type(described)) for each in accepted):
            return described
        raise UnknownComponentError(
            f"expected {KINDS[kind].article} as a name, a spec or an instance, got {described!r}"
        )

    def name_of(self, component: type) -> str:
        """Return the name by which a component class can be resolved again."""
        if component not in self._names:
            entry = self.entry_of(component)
            self._names[component] = self._canonical_name(entry) if entry else snake_case(component.__name__)
        return self._names[component]

    def entry_of(self, component: Any) -> Entry | None:
        """Return the entry that gives a component class, or None for one that nobody registered."""
        target = f"{component.__module__}:{component.__qualname__}"
        matching = [e for e in self.entries(component.kind) if e.by_hand is component or e.target == target]
        return next((e for e in matching if e.by_hand is component), matching[0] if matching else None)

    def _canonical_name(self, entry: Entry) -> str:
        """Of the names that share a target, return the one that is no alias: like the class, else the longest."""
        same = [each.name for each in self.entries(entry.kind.name) if each.target == entry.target]
        like_class = snake_case(entry.target.rpartition(":")[2])
        return like_class if like_class in same else max(same, key=len)

    # --- by hand -----------------------------------------------------------------------------------------

    def register(self, kind: str, name: str, component: Any) -> None:
        """Give `name` to a component of this session, such as a class written in a notebook.

        Registering the same name again replaces it. A name that an installed distribution gives is hidden
        for this session.

        Raises
        ------
        GlassnetError
            When `component` is not of the kind, or the name is no lower-case identifier.
        """
        of_kind = KINDS[kind]
        if not _NAME.fullmatch(name):
            raise UnknownComponentError(_bad_name(name))
        if not of_kind.accepts(component):
            raise UnknownComponentError(f"cannot register {component!r} as {of_kind.article}: it is of another kind")
        target = f"{getattr(component, '__module__', '?')}:{getattr(component, '__qualname__', name)}"
        with self._lock:
            self._by_hand[kind, name] = Entry(of_kind, name, target, by_hand=component)
            self._names[component] = name

    def unregister(self, kind: str, name: str) -> None:
        """Take back what `register` did."""
        with self._lock:
            entry = self._by_hand.pop((kind, name))
            self._names.pop(entry.by_hand, None)

    @contextmanager
    def registered(self, kind: str, name: str, component: Any) -> Iterator[None]:
        """Register for the length of a ``with`` block; what the name meant before comes back."""
        before = self._by_hand.get((kind, name))
        self.register(kind, name, component)
        try:
            yield
        finally:
            self.unregister(kind, name)
            if before is not None:
                self.register(kind, name, before.by_hand)

    # --- messages ----------------------------------------------------------------------------------------

    def _unknown(self, kind: str, name: str) -> UnknownComponentError:
        names = sorted({each for one in (kind, *KINDS[kind].also) for each in self.names(one)})
        return UnknownComponentError(
            f"unknown {kind} {name!r}{did_you_mean(name, names)} (installed: {', '.join(names) or 'none'}); "
            "a component added to an editable checkout appears after pip install -e . is run again"
        )


def _read_entry_points() -> dict[tuple[str, str], list[Entry]]:
    groups = {kind.group: kind for kind in KINDS.values()}
    index: dict[tuple[str, str], list[Entry]] = {}
    for point in importlib_metadata.entry_points():
        kind = groups.get(point.group)
        if kind is not None and _is_enabled(point):
            entry = Entry(kind, point.name, point.value, point)
            index.setdefault((kind.name, point.name), []).append(entry)
    return index


def _is_enabled(point: importlib_metadata.EntryPoint) -> bool:
    """Tell whether the environment lets this distribution's plugins in."""
    disabled = _listed_in("GLASSNET_DISABLE")
    only_own = os.environ.get("GLASSNET_AUTOLOAD") == "0"
    if not disabled and not only_own:
        return True  # without reading the distribution's name, which costs a file each
    name = canonicalize_name(point.dist.name) if point.dist is not None else ""
    return name not in disabled and (not only_own or name == OWN_DISTRIBUTION)


def _listed_in(variable: str) -> list[str]:
    return [canonicalize_name(name.strip()) for name in os.environ.get(variable, "").split(",") if name.strip()]


def _import(entry: Entry) -> Any:
    """Import what an entry point names. Whatever happens in there becomes a `PluginLoadError`."""
    assert entry.point is not None
    if not _NAME.fullmatch(entry.name):
        raise entry.broken(_bad_name(entry.name))
    _require_version(entry)
    try:
        return entry.point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin that calls sys.exit() while it is imported must not end the program
        raise entry.broken(_describe(error)) from error


def _require_version(entry: Entry) -> None:
    """Refuse a plugin whose metadata ask for another version of glassnet than this one."""
    assert entry.point is not None
    required = (entry.point.dist.requires if entry.point.dist is not None else None) or []
    for requirement in map(Requirement, required):
        if canonicalize_name(requirement.name) == OWN_DISTRIBUTION and not requirement.extras:
            present = importlib_metadata.version(OWN_DISTRIBUTION)
            if not requirement.specifier.contains(present, prereleases=True):
                raise entry.broken(f"it needs glassnet{requirement.specifier}, and this is glassnet {present}")


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _bad_name(name: str) -> str:
    better = re.sub(r"[^a-z0-9_]+", "_", snake_case(name)).strip("_")
    return f"a component's name is lower-case letters, digits and underscores (got {name!r}); call it {better!r}"


def _ambiguous(candidates: list[Entry]) -> AmbiguousComponentError:
    distributions = sorted({entry.distribution for entry in candidates})
    first = candidates[0]
    ways = " or ".join(f"'{each}:{first.name}'" for each in distributions)
    return AmbiguousComponentError(
        f"{first.title} is given by {' and by '.join(distributions)}: "
        f"write {ways}, or set GLASSNET_PREFER={distributions[0]}"
    )


def snake_case(name: str) -> str:
    """Return a class name as a component's name: ``MeanSquaredError`` as ``mean_squared_error``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


registry = Registry()
create = registry.create
resolve = registry.resolve
name_of = registry.name_of
register = registry.register
registered = registry.registered

__all__ = ["Entry", "GlassnetError", "Registry", "create", "name_of", "register", "registered", "registry", "resolve"]
