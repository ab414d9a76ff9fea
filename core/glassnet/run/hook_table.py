"""Which hooks the components of a run implement, found once for all runs with components of the same classes.

pluggy looks at every attribute of every component, which takes longer than a step of a small network. So pluggy is
given a slot for each component, and a slot finds the component of the run at hand.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Sequence
from types import FunctionType, SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import attrs
import pluggy

from glassnet.errors import CallbackError
from glassnet.registry.plugins import did_you_mean
from glassnet.run.run_hooks import Callback, RunHooks

HOOKS = tuple(name for name in vars(RunHooks) if not name.startswith("_"))

_MOST_TABLES = 64
_tables: dict[tuple[type, ...], HookTable] = {}
_one_at_a_time = threading.Lock()
_hooks_by_class: WeakKeyDictionary[type, dict[str, _Hook]] = WeakKeyDictionary()


def hook_table(components: Sequence[Any], defaults: Any) -> HookTable:
    """Return the table for components of these classes; `defaults` comes after them."""
    classes = (*map(type, components), type(defaults))
    table = _tables.get(classes)
    if table is None:
        if len(_tables) >= _MOST_TABLES:
            _tables.clear()
        with _one_at_a_time:  # pluggy is given each component under one name
            table = _tables[classes] = HookTable(components, defaults)
    return table


@attrs.frozen
class _Hook:
    """How a class implements a hook: with which arguments, and with which options of its marker."""

    arguments: tuple[str, ...]
    options: dict[str, Any]
    is_wrapper: bool

    @classmethod
    def of(cls, found: pluggy.HookImpl) -> _Hook:
        return cls((*found.argnames, *found.kwargnames), dict(found.opts), found.wrapper or found.hookwrapper)


class HookTable:
    """What calls each hook.

    Attributes
    ----------
    calls
        By the name of the hook: a function that calls it with keywords, or None if it has no implementation.
    positions
        By the name of the hook: the positions of the components that implement it, in the order of the calls; wrappers
        are left out.
    wrapped
        Names of the hooks that have wrappers.
    alone
        By the name of the hook: the position of the component whose method is all there is to call, with the arguments
        of the hook.
    """

    def __init__(self, components: Sequence[Any], defaults: Any) -> None:
        manager = _SlotManager("glassnet_run")
        manager.add_hookspecs(RunHooks)
        # pluggy calls what was registered last first; the list is to be called from its start.
        for position, component in reversed(list(enumerate(components))):
            manager.register(_Slot(position, _hooks_of(component)), str(position))
        manager.register(_Slot(len(components), _hooks_of(defaults), is_default=True), "defaults")
        self.positions: dict[str, list[int]] = {}
        self.wrapped: set[str] = set()
        self.alone: dict[str, int] = {}
        self.calls = SimpleNamespace()
        for name in HOOKS:
            caller = getattr(manager.hook, name)
            found = list(reversed(caller.get_hookimpls()))
            if any(each.wrapper or each.hookwrapper for each in found):
                self.wrapped.add(name)
            slots = [each.plugin for each in found if not (each.wrapper or each.hookwrapper)]
            self.positions[name] = [slot.position for slot in slots if not slot.is_default]
            shortest = _shortest(caller, defaults)
            setattr(self.calls, name, shortest)
            if len(found) == 1 and shortest is found[0].function and slots[0].takes_all(name):
                self.alone[name] = slots[0].position


class _Slot:
    """What pluggy is given for the component at one position."""

    def __init__(self, position: int, hooks: dict[str, _Hook], *, is_default: bool = False) -> None:
        self.position, self.is_default = position, is_default
        self.options = {
            name: {**hook.options, **({"trylast": True} if is_default else {})} for name, hook in hooks.items()
        }
        self._arguments = {name: hook.arguments for name, hook in hooks.items()}
        vars(self).update({name: _calling(position, name, hook) for name, hook in hooks.items()})

    def takes_all(self, name: str) -> bool:
        """Tell whether the component's method takes all arguments of the hook."""
        return set(_specified(name)) <= set(self._arguments[name])


class _SlotManager(pluggy.PluginManager):
    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        return plugin.options.get(name)


def _calling(position: int, name: str, hook: _Hook) -> Callable[..., Any]:
    """Return a function with the arguments of the hook, which gives the component's method those that it takes."""
    specification = getattr(RunHooks, name)
    specified = _specified(name)
    left_out = [argument for argument in specified if argument not in hook.arguments]

    @functools.wraps(specification)
    def call(*values: Any, **named: Any) -> Any:  # pluggy gives the arguments by position
        given = named or dict(zip(specified, values, strict=True))
        run = given["run"]
        for argument in left_out:
            del given[argument]
        return run.hooks.invoke(run, position, name, given)

    @functools.wraps(specification)
    def surround(*values: Any) -> Any:  # pluggy takes generator functions alone
        given = dict(zip(specified, values, strict=True))
        component = given["run"].hooks.components[position]
        for argument in left_out:
            del given[argument]
        return (yield from getattr(component, name)(**given))

    @functools.wraps(specification)
    def call_with_run(run: Any) -> Any:
        return run.hooks.invoke(run, position, name, {"run": run})

    if hook.is_wrapper:
        return surround
    return call_with_run if not left_out and specified == ["run"] else call


def _specified(name: str) -> list[str]:
    """Return the names of a hook's arguments."""
    return list(inspect.signature(getattr(RunHooks, name)).parameters)[1:]


def _shortest(caller: pluggy.HookCaller, defaults: Any) -> Callable[..., Any] | None:
    """Return what calls a hook: pluggy, or where it is one implementation, that one, which takes a microsecond less."""
    found = caller.get_hookimpls()
    own = [each.function for each in found if not each.plugin.is_default]  # type: ignore[attr-defined]
    default: Callable[..., Any] | None = getattr(defaults, caller.name) if len(own) < len(found) else None
    if not own:
        return default
    is_list = caller.spec is not None and not caller.spec.opts["firstresult"]
    if len(own) > 1 or any(each.wrapper or each.hookwrapper for each in found):
        return caller
    if is_list:
        return own[0] if caller.name.startswith("on_") else caller  # those have no result
    return own[0] if default is None else _first_result(own[0], default)


def _first_result(function: Callable[..., Any], default: Callable[..., Any]) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:
        result = function(**arguments)
        return default(**arguments) if result is None else result

    return call


def _hooks_of(component: Any) -> dict[str, _Hook]:
    """Return the hooks that a component's class implements, checked by pluggy."""
    hooks = _hooks_by_class.get(type(component))
    if hooks is None:
        checks = _checks()
        try:
            checks.register(component, "component")
        except pluggy.PluginValidationError as error:
            raise CallbackError(f"callback {component!r}: {str(error).splitlines()[-1]}") from None
        else:
            callers = checks.get_hookcallers(component) or ()
            hooks = {caller.name: _Hook.of(caller.get_hookimpls()[0]) for caller in callers}
        finally:
            if checks.is_registered(component):
                checks.unregister(component)
        _hooks_by_class[type(component)] = hooks
    return hooks


@functools.cache
def _checks() -> pluggy.PluginManager:
    manager = _ComponentManager("glassnet_run")
    manager.add_hookspecs(RunHooks)
    return manager


class _ComponentManager(pluggy.PluginManager):
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


def _refuse_misspelt(plugin: Any, name: str) -> None:
    """Raise `CallbackError` for a method that is called almost like a hook: it would never be called."""
    meant = did_you_mean(name, HOOKS) if name not in dir(Callback) else ""
    if name.startswith("on_") or meant:
        raise CallbackError(f"callback {plugin!r} has no hook to implement as {name!r}{meant} ({', '.join(HOOKS)})")
