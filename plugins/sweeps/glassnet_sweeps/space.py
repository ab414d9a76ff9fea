"""All settings that vary in a sweep, and experiments with their values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

import glassnet as gn
from glassnet.options.conversion import annotation_of, parts_of
from glassnet.options.declaration import options_of
from glassnet.options.options import Options
from glassnet.registry.spec import split_specs
from glassnet_sweeps.address import Path, places, replaced, value_at
from glassnet_sweeps.setting import Setting, named, setting

AnyExperiment = TypeVar("AnyExperiment", bound=Options)


@attrs.frozen
class Space:
    """The settings that vary."""

    settings: tuple[Setting, ...]

    def __len__(self) -> int:
        return len(self.settings)

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.settings)

    @property
    def names(self) -> list[str]:
        """The names of the settings."""
        return [each.name for each in self.settings]

    @property
    def count(self) -> float:
        """The number of different points; infinity if a setting is a range of numbers that are not whole."""
        return math.prod(each.count for each in self.settings)

    @property
    def grid_count(self) -> int:
        """The number of points of a grid."""
        return math.prod(len(each.grid) for each in self.settings)

    def at(self, place: Iterable[float]) -> dict[str, Any]:
        """Return the values at a place, which has a coordinate from 0 to 1 for each setting."""
        return {each.name: each.at(float(at)) for each, at in zip(self.settings, place, strict=True)}

    def grid_at(self, number: int) -> dict[str, Any]:
        """Return a point of the grid; the last setting varies fastest."""
        values = {}
        for each in reversed(self.settings):
            number, place = divmod(number, len(each.grid))
            values[each.name] = each.grid[place]
        return {name: values[name] for name in self.names}


def space_of(vary: Sequence[str] | Mapping[str, Any]) -> Space:
    """Return the space of texts such as ``lr=1e-4..1e-1:log``, or of values by name.

    Raises
    ------
    OptionError
        If nothing varies, a setting is named twice, or its values cannot be used.
    """
    found = [named(*each) for each in vary.items()] if isinstance(vary, Mapping) else [setting(each) for each in vary]
    if not found:
        raise gn.OptionError("nothing varies; name a setting and its values, such as lr=1e-4..1e-1:log")
    names = [each.name for each in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise gn.OptionError(f"{twice[0]} is given twice; write all of its values behind one =, as in lr=0.1,0.01")
    return Space(tuple(found))


def with_settings(experiment: AnyExperiment, settings: Mapping[str, Any]) -> AnyExperiment:
    """Return an experiment with other settings.

    Whole components are replaced before options of theirs, so that both may vary at once.

    Raises
    ------
    OptionError
        If a name is unknown, or a value is out of range.
    """
    for name in sorted(settings, key=lambda name: _depth(experiment, name)):
        for path in places(experiment, name):
            experiment = replaced(experiment, path, _read(experiment, path, settings[name]))
    return experiment


def checked(space: Space, made: Callable[[dict[str, Any]], Options], free: Collection[str] = ()) -> Space:
    """Return the space as it suits an experiment: ranges of whole numbers are those of whole options alone.

    Parameters
    ----------
    space
        The settings.
    made
        Returns the experiment with settings.
    free
        Names of settings that are not options of the experiment.

    Raises
    ------
    OptionError
        If a name is unknown or not clear, or a value is out of range.
    """
    first = {each.name: each.grid[0] for each in space}
    for each in space:
        for value in dict.fromkeys(map(_hashable, (each.grid[0], *each.values, each.grid[-1]))):
            made({**first, each.name: _listed(value)})
    based = made(first)
    return Space(tuple(each if each.name in free else _typed(each, based) for each in space))


def _typed(each: Setting, experiment: Options) -> Setting:
    """Return a range in the type of its option: floats too, if it was written with whole bounds."""
    if not each.is_range:
        return each
    path = places(experiment, each.name)[0]
    holder = type(value_at(experiment, path[:-1])) if path[:-1] else type(experiment)
    if not isinstance(path[-1], str):
        return each
    field = options_of(holder)[path[-1]]
    parts = parts_of(annotation_of(holder, field))
    if int not in parts and float in parts:
        return attrs.evolve(each, whole=False, low=float(each.low), high=float(each.high))
    if int in parts and float not in parts and not each.whole:
        raise gn.OptionError(
            f"{each.name} is a whole number, and the range is {each.low}..{each.high}; write whole bounds"
        )
    return each


def _depth(experiment: Options, name: str) -> int:
    """Return how deep a setting is, from its name alone: others that vary may change what it is found in."""
    return 0 if name.replace("-", "_") in experiment.options else 1 + name.count(".")


def _read(experiment: Options, path: Path, value: Any) -> Any:
    """Return a value as the option at a place takes it: a text of several specs becomes a list."""
    described = _option_at(experiment, path)
    is_list = described is not None and described.many
    return split_specs(value) if is_list and isinstance(value, str) else value


def _option_at(experiment: Options, path: Path) -> Any:
    if not isinstance(path[-1], str):
        return None
    holder = value_at(experiment, path[:-1])
    return options_of(type(holder))[path[-1]].metadata["option"]


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    return list(map(_listed, value)) if isinstance(value, tuple) else value
