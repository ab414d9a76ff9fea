"""The hooks of one run: callbacks registered with pluggy, and called in the order of the list."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import pluggy

from glassnet.components.callback import Callback
from glassnet.components.component import Component
from glassnet.errors import CallbackError, did_you_mean
from glassnet.registry.hookspecs import RunHooks

HOOKS = tuple(name for name in vars(RunHooks) if not name.startswith("_"))
# Each callback gets these, even where another fails in them: they are the last chance to save and to tidy up.
_CLOSING = ("on_exception", "on_run_end")

_LONGEST = 100


class _CallbackManager(pluggy.PluginManager):
    """A manager for which every method with a hook's name implements it, without a marker."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        if name not in HOOKS and (name.startswith("_") or not isinstance(plugin, Callback)):
            return None
        # Looked up without being evaluated: a property is none of pluggy's business.
        found = inspect.getattr_static(plugin, name, None)
        is_method = isinstance(found, (FunctionType, classmethod, staticmethod))
        if name in HOOKS:
            if not is_method:
                raise CallbackError(f"callback {plugin!r}: {name} must be a method (got {found!r})")
            # A marker is needed only to say in which order: gn.run_hookimpl(trylast=True).
            return super().parse_hookimpl_opts(plugin, name) or {}
        if is_method:
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
        self._failures: list[Exception] = []
        # pluggy calls what was registered last first; the list is to be called from its start.
        for position, component in reversed(list(enumerate(components))):
            self._register(component, f"{position} {component!r}")
        self.wrap(self._guarded)

    def _register(self, callback: Component, name: str) -> None:
        if self._manager.is_registered(callback):
            if not isinstance(callback, Callback):
                return  # one regularizer may well stand in two places
            raise CallbackError(f"callback {callback!r} is listed twice; make a second instance to run it twice")
        try:
            self._manager.register(callback, name)
        except pluggy.PluginValidationError as error:
            raise CallbackError(f"callback {callback!r}: {str(error).splitlines()[-1]}") from None

    def wrap(self, around: Callable[[Callable[..., Any], Component, str], Callable[..., Any]]) -> None:
        """Put ``around(function, component, hook)`` in the place of every function that implements a hook."""
        for name in HOOKS:
            for implementation in getattr(self._manager.hook, name).get_hookimpls():
                implementation.function = around(implementation.function, implementation.plugin, name)

    def _guarded(self, function: Callable[..., Any], callback: Component, hook: str) -> Callable[..., Any]:
        """Return `function` with a note on its exceptions that says whose they are; those in closing wait."""

        @functools.wraps(function)
        def guarded(*arguments: Any, **optional: Any) -> Any:
            try:
                return function(*arguments, **optional)
            except Exception as error:
                error.add_note(f"raised by the callback {_shown(callback)} in {hook}")
                if hook not in _CLOSING:
                    raise
                self._failures.append(error)

        return guarded

    def of(self, name: str) -> Callable[..., Any] | None:
        """Return what calls the hook, or None when nobody implements it. Ask once, not at every batch."""
        caller = getattr(self._manager.hook, name)
        return caller if caller.get_hookimpls() else None

    def implementing(self, *names: str) -> list[Any]:
        """Return the components that implement one of these hooks."""
        return [each.plugin for name in names for each in getattr(self._manager.hook, name).get_hookimpls()]

    def call(self, name: str, **arguments: Any) -> Any:
        """Call a hook. What fails in closing is raised when every callback had its turn, and hides no exception."""
        caller = self.of(name)
        result = caller(**arguments) if caller is not None else None
        failures, self._failures = self._failures, []
        if failures:
            first = arguments.get("exception", failures[0])
            for failure in failures:
                if failure is not first:
                    first.add_note(f"then {type(failure).__name__}: {failure}, {', '.join(failure.__notes__)}")
            if first is failures[0]:
                raise first
        return result


def _shown(callback: Component) -> str:
    """Return a callback as text for a message; of one that holds much, such as data, the name alone."""
    text = repr(callback)
    return text if len(text) <= _LONGEST else f"{callback.title()}(…)"


def _refuse_misspelt(plugin: Any, name: str) -> None:
    """Refuse a method that is called almost like a hook: it would never be called, without a word."""
    meant = did_you_mean(name, HOOKS) if name not in dir(Callback) else ""
    if name.startswith("on_") or meant:
        raise CallbackError(f"callback {plugin!r} has no hook to implement as {name!r}{meant} ({', '.join(HOOKS)})")
