"""Where a setting is in an experiment: ``lr``, ``optimizer.lr``, ``layers[1].rate``, ``dropout.rate``, ``rate``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import attrs

import glassnet as gn
from glassnet.options.options import Options

# Names of options, and numbers in lists, from an experiment to one of its values.
Path: TypeAlias = tuple["str | int", ...]

_STEP_SIZE = "lr"
_PART = re.compile(r"\.?(?P<name>[A-Za-z_][\w-]*)(?P<index>\[[^]]*\])?")
_INDEX = re.compile(r"\[\s*(?P<number>-?\d+)\s*\]|\[\s*(?P<start>-?\d+)?\s*:\s*(?P<stop>-?\d+)?\s*\]")


@attrs.frozen
class _Step:
    """A name of an address, with the number or the slice in brackets behind it."""

    name: str
    index: int | slice | None

    def of(self, values: list[Any], whole: str, listed: list[str]) -> list[Any]:
        """Return those of `values` that are meant.

        Raises
        ------
        OptionError
            If it is not clear which one is, or there is none of this number.
        """
        if isinstance(self.index, slice):
            return values[self.index]
        if self.index is None and len(values) == 1:
            return values
        if self.index is None:
            raise gn.OptionError(
                f"{whole!r} is not clear: there are {len(values)} ({', '.join(listed)}); number them, "
                f"as in {self.name}[0], or take several, as in {self.name}[:-1] or {self.name}[:]"
            )
        try:
            return [values[self.index]]
        except IndexError:
            raise gn.OptionError(
                f"{whole!r} does not exist: there are {len(values)} ({', '.join(listed)}), counted from 0"
            ) from None


def places(experiment: Options, address: str) -> list[Path]:
    """Return the places in an experiment that an address names, mostly one.

    Parameters
    ----------
    experiment
        A network, its data and how to train it, or how to train it alone.
    address
        An option of the experiment, such as ``batch_size``; a component and its option, such as ``dropout.rate`` or
        ``optimizer.lr``; or an option that one component alone has, such as ``rate``. A number or a slice in brackets
        chooses among several: ``layers[1].rate``, ``dense[:-1].units``. The step size is ``lr``, as in
        ``glassnet train --lr``.

    Raises
    ------
    OptionError
        If the address names no option, or it is not clear which one.
    """
    steps = _parsed(address)
    head, rest = steps[0], steps[1:]
    if head.name in experiment.options and not (head.name == _STEP_SIZE and not rest):
        return [
            place
            for begun in _indexed(experiment, (head.name,), head, address)
            for place in _walk(experiment, begun, rest, address)
        ]
    if head.name == _STEP_SIZE and not rest:
        return [_step_size(experiment.options["optimizer"], ("optimizer",))]
    named = [path for path, component in _components(experiment) if component.title() == head.name]
    if named and rest:
        chosen = head.of(named, address, [repr(value_at(experiment, path)) for path in named])
        return [place for begun in chosen for place in _walk(experiment, begun, rest, address)]
    if named:
        shown = repr(value_at(experiment, named[0]))
        raise gn.OptionError(
            f"{address!r} is a component; name an option of it, such as {_example(named, experiment)}, "
            f"or the place that it has in the experiment (got {shown})"
        )
    having = [path for path, component in _components(experiment) if head.name in component.options]
    if having and not rest:
        listed = [repr(value_at(experiment, path)) for path in having]
        return [(*path, head.name) for path in head.of(having, address, listed)]
    raise gn.OptionError(_unknown(experiment, address, head.name))


def value_at(experiment: Options, path: Path) -> Any:
    """Return the value at a place."""
    value: Any = experiment
    for step in path:
        value = value[step] if isinstance(step, int) else value.options[step]
    return value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return an experiment, or a part of one, with another value at a place."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return tuple(replaced(each, rest, new) if number == step else each for number, each in enumerate(value))
    return value.replace(**{step: replaced(value.options[step], rest, new)})


def _parsed(address: str) -> list[_Step]:
    steps, at = [], 0
    while at < len(address):
        match = _PART.match(address, at)
        if match is None or (at > 0) != (address[at] == "."):
            raise gn.OptionError(
                f"{address!r} does not name a setting; write an option, such as lr, optimizer.lr, dropout.rate or "
                "layers[1].rate"
            )
        steps.append(_Step(match["name"].replace("-", "_"), _index(match["index"], address)))
        at = match.end()
    if not steps:
        raise gn.OptionError("the name of a setting is missing; write it before the =, as in lr=0.1,0.01")
    return steps


def _index(text: str | None, address: str) -> int | slice | None:
    if text is None:
        return None
    match = _INDEX.fullmatch(text)
    if match is None:
        raise gn.OptionError(f"{text} in {address!r} is neither a number nor a slice; write [0], [-1], [:] or [:-1]")
    if match["number"] is not None:
        return int(match["number"])
    return slice(*(None if bound is None else int(bound) for bound in (match["start"], match["stop"])))


def _walk(experiment: Options, begun: Path, steps: list[_Step], address: str) -> list[Path]:
    """Return the places that steps lead to from one place."""
    found = [begun]
    for step in steps:
        following = []
        for path in found:
            holder = value_at(experiment, path)
            known = getattr(holder, "options", {})
            if step.name not in known:
                told = gn.did_you_mean(step.name, known)
                listed = ", ".join(known) or "none"
                raise gn.OptionError(f"{holder!r} has no option {step.name!r}{told} (its options: {listed})")
            following += _indexed(experiment, (*path, step.name), step, address)
        found = following
    return found


def _indexed(experiment: Options, path: Path, step: _Step, address: str) -> list[Path]:
    """Return a place, or those places in its list that the brackets of a step choose."""
    if step.index is None:
        return [path]
    value = value_at(experiment, path)
    if not isinstance(value, tuple):
        raise gn.OptionError(f"{step.name} in {address!r} is not a list (it is {value!r}); leave the brackets out")
    numbers = step.of(list(range(len(value))), address, list(map(repr, value)))
    return [(*path, number) for number in numbers]


def _components(holder: Options, path: Path = ()) -> Iterator[tuple[Path, gn.Component]]:
    """Iterate over all components in an experiment with their places, in order."""
    # Layers first: these are what a bare name mostly means, and numbers count from the first one.
    names = sorted(holder.options, key=lambda name: name != "layers")
    for name in names:
        value = holder.options[name]
        held = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        for number, each in held:
            if isinstance(each, gn.Component):
                here: Path = (*path, name) if number is None else (*path, name, number)
                yield here, each
                yield from _components(each, here)


def _step_size(optimizer: Options, path: Path) -> Path:
    """Return the place of the step size; if an optimizer holds another one, as ema does, in that one."""
    if _STEP_SIZE in optimizer.options:
        return (*path, _STEP_SIZE)
    for name, value in optimizer.options.items():
        if isinstance(value, gn.Optimizer):
            return _step_size(value, (*path, name))
    raise gn.OptionError(f"the optimizer {optimizer!r} has no option lr; vary another option")


def _example(named: list[Path], experiment: Options) -> str:
    component = value_at(experiment, named[0])
    return f"{component.title()}.{next(iter(component.options), 'option')}"


def _unknown(experiment: Options, address: str, head: str) -> str:
    titles = {component.title() for _, component in _components(experiment)}
    known = sorted({_STEP_SIZE, *experiment.options, *titles})
    return (
        f"nothing in this experiment is called {address!r}{gn.did_you_mean(head, known)} "
        f"(there are {', '.join(known)}, and the options of these, such as optimizer.lr)"
    )
