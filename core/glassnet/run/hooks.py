"""The hooks of one run: methods of its components, called by pluggy in the order of the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from glassnet.components.component import Component
from glassnet.errors import CallbackError
from glassnet.run.hook_table import hook_table
from glassnet.run.run_hooks import Callback

# Each callback gets these, even where another fails in them: they are the last chance to save and to tidy up.
_CLOSING = ("on_exception", "on_run_end")

_LONGEST = 100


class Hooks:
    """The calls of a run's hooks; a hook without an implementation costs nothing.

    Callbacks are what hooks are for. Any other component of a run may implement some too: a schedule that
    reacts to validation.

    Attributes
    ----------
    components
        Those that take part, in order, and last of all `defaults`.
    calls
        For each hook by name: a function that calls it with keywords, or None if it has no implementation.

    Parameters
    ----------
    components
        The components that the user listed.
    further
        Callbacks that plugins add. Their errors need no note that says whose they are.
    defaults
        An object whose methods implement hooks where no component does.

    Raises
    ------
    CallbackError
        If a callback misspells a hook, asks for arguments that the hook does not have, or is listed twice.
    """

    def __init__(self, components: Sequence[Any], further: Sequence[Callback] = (), defaults: object = None) -> None:
        _refuse_twice(components)
        # One regularizer may be used in two places.
        listed = list({id(component): component for component in components}.values())
        self.components = (*listed, *further, defaults)
        self._listed, self._default = len(listed), len(listed) + len(further)
        table = hook_table(self.components[:-1], defaults)
        self.calls, self._positions = table.calls, table.positions
        self._around = self.calls.hook_call if "hook_call" in table.wrapped or self._positions["hook_call"] else None
        if self._around is None:
            self.calls = SimpleNamespace(**{**vars(table.calls), **self._methods_alone(table.alone)})
        self._failures: list[Exception] = []

    def implementing(self, *names: str) -> list[Any]:
        """Return the components that implement one of these hooks; wrappers only surround what others implement."""
        return [self.components[position] for name in names for position in self._positions[name]]

    def _methods_alone(self, alone: dict[str, int]) -> dict[str, Callable[..., Any]]:
        """Return the methods that need no note on their exceptions: a direct call takes half a microsecond less."""
        return {
            name: getattr(self.components[position], name)
            for name, position in alone.items()
            if self._listed <= position < self._default and name not in _CLOSING
        }

    def invoke(self, run: Any, position: int, hook: str, arguments: dict[str, Any]) -> Any:
        """Call the implementation of one component, with a note on its exceptions; those in closing wait."""
        component = self.components[position]
        method = getattr(component, hook)
        try:
            if self._around is None or position == self._default or hook == "hook_call":
                return method(**arguments)
            return self._around(run=run, component=component, hook=hook, call=partial(method, **arguments))
        except Exception as error:
            if position < self._listed:
                error.add_note(f"raised by the callback {_shown(component)} in {hook}")
            if hook not in _CLOSING:
                raise
            self._failures.append(error)

    def call(self, name: str, **arguments: Any) -> Any:
        """Call a hook. Errors in closing hooks are raised after all callbacks have run, and hide no earlier one."""
        caller = getattr(self.calls, name)
        result = caller(**arguments) if caller is not None else None
        failures, self._failures = self._failures, []
        if failures:
            first = arguments.get("exception", failures[0])
            for failure in failures:
                if failure is not first:
                    notes = ", ".join(["", *getattr(failure, "__notes__", [])])
                    first.add_note(f"then {type(failure).__name__}: {failure}{notes}")
            if first is failures[0]:
                raise first
        return result


def _refuse_twice(components: Sequence[Any]) -> None:
    """Raise `CallbackError` if a callback is listed twice; one regularizer may be used in two places."""
    seen: set[int] = set()
    for component in components:
        if isinstance(component, Callback) and id(component) in seen:
            raise CallbackError(f"callback {component!r} is listed twice; make a second instance to run it twice")
        seen.add(id(component))


def _shown(callback: Component) -> str:
    """Return a callback as text for a message; of one that holds much, such as data, the name alone."""
    text = repr(callback)
    return text if len(text) <= _LONGEST else f"{callback.title()}(…)"
