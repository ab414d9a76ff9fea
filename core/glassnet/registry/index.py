"""The index: which names there are, of which kinds, and which one of several entries a name means."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from typing import Any

from glassnet.errors import AmbiguousComponentError, PluginLoadError, UnknownComponentError
from glassnet.registry.entry_points import Entry, is_enabled
from glassnet.registry.kinds import KIND, METHOD, PLUGIN, PUBLIC_NAME, Kind
from glassnet.registry.plugins import Plugins, did_you_mean
from glassnet.registry.spec import is_name
from glassnet.support.distributions import OWN_DISTRIBUTION, canonical, distributions_in

# A registry has another number after each change, and no two have one number.
VERSIONS = count()


class Index:
    """What is installed, and what this session registers by hand.

    Attributes
    ----------
    plugins
        What was loaded of it.
    version
        Changes with each name that is registered by hand: what depends on the registry is kept as long.
    """

    def __init__(self, plugins: Plugins | None = None) -> None:
        self.plugins = plugins or Plugins()
        self._installed: dict[str, dict[str, list[Entry]]] = {}
        self._by_hand: dict[tuple[str, str], Entry] = {}
        self.version = next(VERSIONS)
        self._in_place_of: dict[str, list[Kind]] = {}

    # --- kinds -------------------------------------------------------------------------------------------

    @property
    def kinds(self) -> dict[str, Kind]:
        """Every kind by name: those of a training, those that distributions declare, and what the registry needs."""
        declared = [entry for entries in self.installed(KIND).values() for entry in entries]
        for entry in sorted(declared, key=lambda entry: (not entry.is_own, entry.name)):
            with suppress(PluginLoadError):  # it is listed as broken, and disturbs no other
                self._load_kind(entry)
        return self.plugins.kinds | {KIND.name: KIND, PLUGIN.name: PLUGIN}

    def _load_kind(self, entry: Entry) -> Kind:
        kind: Kind = self.plugins.load(entry)
        for known in (*self.plugins.kinds.values(), KIND, PLUGIN, PUBLIC_NAME, METHOD):
            if known is not kind and (kind.name == known.name or kind.plural == known.plural):
                raise entry.broken(f"there is a kind {known.name!r} already, and its plural is {known.plural!r}")
        if kind.name != entry.name:
            raise entry.broken(f"it declares the kind {kind.name!r}; its entry point must have the same name")
        return self.plugins.kinds.setdefault(kind.name, kind)

    def kind(self, name: str) -> Kind:
        """Return the kind called `name`, in singular or plural.

        Raises
        ------
        UnknownComponentError
            If no kind has this name.
        PluginLoadError
            When the module that declares it is broken.
        """
        if name in self.plugins.kinds:
            return self.plugins.kinds[name]
        if name in self.installed(KIND):
            return self._load_kind(self.find("kind", name))
        kinds = self.kinds
        for kind in kinds.values():
            if name in (kind.name, kind.plural):
                return kind
        raise UnknownComponentError(f"unknown kind {name!r}{did_you_mean(name, kinds)} (the kinds: {', '.join(kinds)})")

    def in_place_of(self, kind: str) -> list[Kind]:
        """Return the kind called `kind`, and those whose components may be used in its place."""
        if kind not in self._in_place_of:
            self._in_place_of[kind] = [self.kind(kind), *map(self.kind, self.kind(kind).also)]
        return self._in_place_of[kind]

    # --- what there is -----------------------------------------------------------------------------------

    def installed(self, kind: Kind) -> dict[str, list[Entry]]:
        """Return what enabled distributions give of one kind, by name; it is read at the first use."""
        if kind.name not in self._installed:
            _ = self.plugins.hooks  # plugins may register components
            named: dict[str, list[Entry]] = {}
            for entry in filter(is_enabled, self.plugins.entries(kind)):
                named.setdefault(entry.name, []).append(entry)
            is_first = not self._installed
            self._installed[kind.name] = named
            if is_first and os.environ.get("GLASSNET_STRICT") == "1":
                self._load_all()
        return self._installed[kind.name]

    def _load_all(self) -> None:
        try:
            for entry in self.entries():
                self.plugins.load(entry)
        except BaseException:
            self._installed.clear()  # so that the next use fails too, until nothing is broken
            raise

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return the entries of one kind or of all, sorted by kind and name."""
        found: list[Entry] = []
        for each in self.kinds.values() if kind is None else [self.kind(kind)]:
            listed = [entry for entries in self.installed(each).values() for entry in entries]
            listed += [entry for entry in list(self._by_hand.values()) if entry.kind is each]
            found += sorted(listed, key=lambda entry: (entry.name, entry.target))
        return found

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind that a spec can hold, sorted."""
        return sorted({entry.name for entry in self.entries(kind) if is_name(entry.name)})

    # --- from a name to an entry -------------------------------------------------------------------------

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
        return self.chosen(kind, name, self.candidates(kind, name))

    def chosen(self, kind: str, name: str, candidates: list[Entry]) -> Entry:
        """Return the one of several entries that `name` means; see `find`."""
        if not candidates:
            kinds = self.in_place_of(kind)
            known = sorted({known for each in kinds for known in self.names(each.name)})
            listed = f"{did_you_mean(name, known)} (installed: {', '.join(known)})"
            raise UnknownComponentError(self._told(kinds, name, [], known) or f"unknown {kind} {name!r}{listed}")
        if len(candidates) == 1:
            return candidates[0]
        for distribution in (*distributions_in("GLASSNET_PREFER"), OWN_DISTRIBUTION):
            chosen = [each for each in candidates if canonical(each.distribution) == distribution]
            if len(chosen) == 1:
                return chosen[0]
        ways = " or ".join(sorted({f"'{each.distribution}:{each.name}'" for each in candidates}))
        told = self._told(self.in_place_of(kind), name, candidates, [])
        raise AmbiguousComponentError(told or f"several distributions give {name!r}: write {ways}")

    def _told(self, kinds: list[Kind], name: str, candidates: list[Entry], known: list[str]) -> Any:
        return self.plugins.hooks.glassnet_name_error(kinds=kinds, name=name, candidates=candidates, known=known)

    def has(self, kind: str, name: str) -> bool:
        """Tell whether `name` is given by anything, without loading it."""
        return bool(self.candidates(kind, name))

    def candidates(self, kind: str, name: str) -> list[Entry]:
        """Return the entries that `name` may mean where a component of `kind` is wanted."""
        distribution, _, bare = name.rpartition(":")
        kinds = self.in_place_of(kind)
        for each in kinds if not distribution else ():
            if (by_hand := self._by_hand.get((each.name, bare))) is not None:
                return [by_hand]
        found = [entry for each in kinds for entry in self.installed(each).get(bare, ())]
        if distribution:
            found = [entry for entry in found if canonical(entry.distribution) == canonical(distribution)]
        if len(found) < 2:
            return found
        # Two entry points with one target are one component.
        distinct: dict[str, Entry] = {}
        for entry in sorted(found, key=lambda entry: not entry.is_own):
            distinct.setdefault(entry.target, entry)
        # A distribution that gives a layer and an activation of one name means the layer where a layer is wanted.
        exact = {entry.distribution for entry in distinct.values() if entry.kind is kinds[0]}
        return [e for e in distinct.values() if e.kind is kinds[0] or e.distribution not in exact]
