"""The hooks of one run: callbacks registered with pluggy, and called in the order of the list."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pluggy

from glassnet.callback import Callback
from glassnet.component import Component
from glassnet.errors import GlassnetError, did_you_mean
from glassnet.hookspecs import RunHooks

HOOKS = tuple(name for name in vars(RunHooks) if not name.startswith("_"))


class CallbackError(GlassnetError, TypeError):
    """A callback whose hooks are misspelt or take the wrong arguments, or that is listed twice."""


class _CallbackManager(pluggy.PluginManager):
    """A manager for which every method with a hook's name implements it, without a marker."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        if name.startswith("_") or not inspect.isroutine(getattr(type(plugin), name, None)):
            return None
        if name in HOOKS:
            # A marker is needed only to say in which order: gn.run_hookimpl(trylast=True).
            return super().parse_hookimpl_opts(plugin, name) or {}
        if isinstance(plugin, Callback):
            _refuse_misspelt(plugin, name)
        return None


class Hooks:
    """One callable for each hook, taken from `components`; each costs nothing where nobody implements it.

    Callbacks are what hooks are for. Any other component of a run may implement some too: a schedule that
    reacts to validation.

    Raises
    ------
    CallbackError
        When a callback misspells a hook, asks for arguments that the hook has not, or is listed twice.
    """

    def __init__(self, components: Iterable[Component]) -> None:
        self._manager = _CallbackManager("glassnet_run")
        self._manager.add_hookspecs(RunHooks)
        # pluggy calls what was registered last first; the list is to be called from its start.
        for position, component in reversed(list(enumerate(components))):
            self._register(component, f"{position} {component!r}")
        for name in HOOKS:
            for implementation in getattr(self._manager.hook, name).get_hookimpls():
                implementation.function = _named_in_errors(implementation.function, implementation.plugin)

    def _register(self, callback: Component, name: str) -> None:
        if self._manager.is_registered(callback):
            if not isinstance(callback, Callback):
                return  # one regularizer may well stand in two places
            raise CallbackError(f"callback {callback!r} is listed twice; make a second instance to run it twice")
        try:
            self._manager.register(callback, name)
        except pluggy.PluginValidationError as error:
            raise CallbackError(f"callback {callback!r}: {str(error).splitlines()[-1]}") from None

    def of(self, name: str) -> Callable[..., Any] | None:
        """Return what calls the hook, or None when nobody implements it. Ask once, not at every batch."""
        caller = getattr(self._manager.hook, name)
        return caller if caller.get_hookimpls() else None

    def call(self, name: str, **arguments: Any) -> Any:
        """Call a hook."""
        caller = self.of(name)
        return caller(**arguments) if caller is not None else None


def _refuse_misspelt(plugin: Any, name: str) -> None:
    """Refuse a method that is called almost like a hook: it would never be called, without a word."""
    meant = did_you_mean(name, HOOKS) if name not in dir(Callback) else ""
    if name.startswith("on_") or meant:
        raise CallbackError(f"callback {plugin!r} has no hook to implement as {name!r}{meant} ({', '.join(HOOKS)})")


def _named_in_errors(function: Callable[..., Any], callback: Component) -> Callable[..., Any]:
    """Return `function` with a note on its exceptions that says whose they are."""

    @functools.wraps(function)
    def named(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception as error:
            error.add_note(f"raised by the callback {callback!r} in {function.__name__}")
            raise

    return named
