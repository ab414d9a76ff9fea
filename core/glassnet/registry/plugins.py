"""The one pluggy manager: what is installed is imported here, registered, and asked by hooks."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from types import ModuleType
from typing import Any

import pluggy
from importlib_metadata import EntryPoint

from glassnet.errors import GlassnetError, GlassnetWarning, MissingExtraError, PluginLoadError
from glassnet.registry.entry_points import Entry, Unusable, entry_of, is_enabled, read_groups, target_of
from glassnet.registry.hookspecs import PluginHooks
from glassnet.registry.kinds import METHOD, PLUGIN, PUBLIC_NAME, TRAINING_KINDS, Kind
from glassnet.support.distributions import describe


class Plugins(pluggy.PluginManager):
    """Everything that is loaded, under names such as ``activation:glassnet-swish/swish``.

    The program has one, `plugins`; tests make their own.

    Attributes
    ----------
    kinds
        The kinds that are known without a look at what is installed, and those that were loaded since.
    """

    def __init__(self) -> None:
        super().__init__("glassnet")
        self.add_hookspecs(PluginHooks)
        self.kinds = {kind.name: kind for kind in TRAINING_KINDS}
        # Held while pluggy's tables change, and while plugins are imported: a plugin's module imports nothing heavy.
        # It is not held while a component is imported, which may wait for a thread that imports another one.
        self._lock = threading.RLock()
        self._loaded: dict[tuple[str, str, str], Any] = {}
        self._registered: list[tuple[Entry, str, str, Any]] = []
        self._are_loaded = self._are_loading = False

    @cached_property
    def groups(self) -> dict[str, list[EntryPoint]]:
        """Every entry point by its group; read at the first use, before which all of ``glassnet.startup`` is called."""
        groups = read_groups()
        for entry in filter(is_enabled, [entry_of(PLUGIN, point) for point in groups.get("glassnet.startup", ())]):
            try:
                with _fault_of(entry):
                    entry.imported()(groups)
            except PluginLoadError as error:
                if isinstance(error.__cause__, GlassnetError):  # what the user has to correct
                    raise error.__cause__ from None
                warnings.warn(str(error), GlassnetWarning, stacklevel=2)
        return groups

    def entries(self, kind: Kind) -> list[Entry]:
        """Return everything that distributions give of a kind, also what the environment switches off."""
        return [entry_of(kind, point) for point in self.groups.get(kind.group, ())] + [
            Entry(kind, name, target_of(component, name), plugin.point, component)
            for plugin, kind_name, name, component in self._registered
            if kind_name in (kind.name, kind.plural)
        ]

    @property
    def hooks(self) -> pluggy.HookRelay:
        """The hooks of all plugins, which are loaded at the first use."""
        if not self._are_loaded:
            with self._lock:
                # A plugin may call a hook while it is imported. Without the groups, the next use fails again.
                if not self._are_loading and self.groups:
                    self._are_loading = True
                    self._load_plugins()
                    self._are_loaded = True
        return self.hook

    def load(self, entry: Entry) -> Any:
        """Import an entry and return its component.

        Raises
        ------
        PluginLoadError
            When it cannot be imported, is of another kind, or breaks a rule of the registry.
        """
        if entry.kind is PLUGIN:
            _ = self.hooks  # all of them together, since plugins may specify hooks for each other
        if entry.key not in self._loaded:
            with _fault_of(entry):
                self._load(entry)
        if isinstance(self._loaded[entry.key], PluginLoadError):
            raise self._loaded[entry.key]
        return self._loaded[entry.key]

    def _load(self, entry: Entry) -> None:
        # Two threads may come here at once; what the first of them has stands.
        self._loaded.setdefault(entry.key, self._component(entry))

    def _component(self, entry: Entry) -> Any:
        """Register what an entry names with pluggy, and return the component that it gives."""
        assert entry.point is not None
        cause = None if entry.is_own else self.hooks.glassnet_check_distribution(distribution=entry.point.dist)
        if cause:
            raise Unusable(cause)
        plugin = entry.imported()
        if entry.kind in (PUBLIC_NAME, METHOD):
            return plugin
        # Nothing else comes near pluggy, which compares plugins by ==: an array there would break every lookup.
        may_give_one = isinstance(plugin, (type, ModuleType)) or hasattr(plugin, "glassnet_component")
        if not may_give_one and (entry.kind is PLUGIN or not entry.kind.accepts(plugin)):
            raise self._wrong(entry, plugin)
        with self._lock:
            self._register(plugin, entry.plugin_name)
        try:
            if entry.kind is not PLUGIN:  # whose hooks another plugin may specify
                with self._lock:
                    self._check_hooks(plugin)
            component = next(iter(self.ask(plugin, "glassnet_component")), plugin)
            if not entry.kind.accepts(component):
                raise self._wrong(entry, component)
        except BaseException:
            with self._lock:
                self.unregister(name=entry.plugin_name)
            raise
        return component

    def _wrong(self, entry: Entry, found: Any) -> Unusable:
        told = self.hooks.glassnet_wrong_component(entry=entry, found=found, kinds=self.kinds)
        return Unusable(told or f"it is not {entry.kind.article}")

    def _register(self, plugin: Any, name: str) -> None:
        if any(plugin is registered for _, registered in self.list_name_plugin()):
            return
        if self.has_plugin(name):
            raise Unusable("its distribution gives the name twice")
        try:
            self.register(plugin, name)
        except pluggy.PluginValidationError as error:
            raise Unusable(f"{' '.join(str(error).split())} (docs/extending.md lists the arguments)") from error

    def ask(self, plugin: Any, hook: str, **arguments: Any) -> Any:
        """Call a hook of one plugin alone, and return its results that are not None."""
        # Not by subset_hook_caller, which calls a plugin too that another thread registers meanwhile.
        mine = [each for each in getattr(self.hook, hook).get_hookimpls() if each.plugin is plugin]
        results = [each.function(**{name: arguments[name] for name in each.argnames}) for each in mine]
        return [result for result in results if result is not None]

    def _check_hooks(self, plugin: Any) -> None:
        """Raise `Unusable` if a plugin implements an unspecified hook."""
        for caller in self.get_hookcallers(plugin) or ():
            mine = [each for each in caller.get_hookimpls() if each.plugin is plugin and not each.optionalhook]
            if mine and not caller.has_spec() and not getattr(self.hooks, caller.name).has_spec():
                known = [name for name, each in vars(self.hook).items() if each.has_spec()]
                raise Unusable(f"unknown hook {caller.name!r}{did_you_mean(caller.name, known)}")

    # --- plugins: modules with hooks, which may bring components of any kinds ---------------------------------

    def _load_plugins(self) -> None:
        entries = [entry for entry in self.entries(PLUGIN) if is_enabled(entry)]
        for step in (self._load, self._specify, self._check, self._collect):
            for entry in [*entries]:
                try:
                    with _fault_of(entry):
                        step(entry)
                except PluginLoadError as error:
                    entries.remove(entry)
                    self.unregister(name=entry.plugin_name)
                    self._loaded[entry.key] = error
                    warnings.warn(str(error), GlassnetWarning, stacklevel=2)

    def _specify(self, entry: Entry) -> None:
        for specifications in self.ask(self._loaded[entry.key], "glassnet_hookspecs"):
            self.add_hookspecs(specifications)

    def _check(self, entry: Entry) -> None:
        self._check_hooks(self._loaded[entry.key])

    def _collect(self, entry: Entry) -> None:
        mine: list[tuple[Entry, str, str, Any]] = []
        self.ask(self._loaded[entry.key], "glassnet_register", register=lambda *given: mine.append((entry, *given)))
        self._registered += mine


@contextmanager
def _fault_of(entry: Entry) -> Iterator[None]:
    """Raise every error in the block as the `PluginLoadError` of an entry."""
    try:
        yield
    except (KeyboardInterrupt, MissingExtraError):
        raise
    except Unusable as cause:
        raise entry.broken(str(cause)) from cause.__cause__
    except BaseException as error:  # a plugin that calls sys.exit() must not end the program
        raise entry.broken(describe(error)) from error


plugins = Plugins()


def plugin_hooks() -> Any:
    """Return the hooks of all plugins, each to be called by name with keywords."""
    return plugins.hooks


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return what to add to a message about a name that does not exist, such as ``, did you mean 'adam'?``."""
    return plugin_hooks().glassnet_nearest_name(wrong=wrong, known=known) or ""
