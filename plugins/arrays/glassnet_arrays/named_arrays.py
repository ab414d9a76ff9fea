"""Arrays by name that stay where they are: an assignment copies into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from glassnet.components.attributes import ExplainsAttributes
from glassnet.errors import DataError, FixedError, OptionError, ShapeError, UnknownNameError
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean


def number_array(values: Any, like: Array, name: str, *, finite: bool = True) -> Array:
    """Return a copy of `values` that fits into an array.

    Parameters
    ----------
    values
        Numbers: an array, or nested lists.
    like
        The array whose shape and type are wanted.
    name
        What to call the values in messages.
    finite
        Whether NaN and infinity are refused.

    Raises
    ------
    DataError
        If the values are not numbers, are masked, are fractions for whole numbers, or are not finite in the type of
        `like`.
    ShapeError
        If they have another shape.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise DataError(f"{name} is a masked array; fill it first: array.filled(…)")
    try:
        given = np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:
        raise DataError(f"{name} cannot be read as an array ({error}); give an array of shape {like.shape}") from None
    if given.dtype.kind not in "fiub" or not np.can_cast(given.dtype, like.dtype, "same_kind"):
        raise DataError(f"{name} has element type {given.dtype}; give numbers of type {like.dtype}")
    if given.shape != like.shape:
        raise ShapeError(f"{name} has shape {like.shape}, got {given.shape}; give an array of that shape")
    with np.errstate(over="ignore"):
        copied = np.array(given, like.dtype)
    if finite and not np.isfinite(copied).all():
        raise DataError(f"{name} would hold NaN or infinity as {like.dtype}; give finite numbers")
    return copied


class NamedArrays(ExplainsAttributes, dict[str, Any]):
    """Live arrays by name, nested as layers nest them.

    The names are fixed. Assigning a value copies it into the array of that name. A branch that is assigned has all its
    names, and `update` takes some of them.

    Parameters
    ----------
    arrays
        Arrays and further `NamedArrays` by name.
    what
        What one array is called in messages, such as ``"parameter"``.
    finite
        Whether NaN and infinity are refused.

    Raises
    ------
    UnknownNameError
        If a name that is read or assigned does not exist.
    ShapeError, DataError
        If an assigned value does not fit.
    FixedError
        If a name is to be removed.
    """

    def __init__(self, arrays: Mapping[str, Any], what: str, *, finite: bool) -> None:
        super().__init__(arrays)
        self._what = what
        self._finite = finite

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `OptionError`: arrays are looked up by name."""
        raise OptionError(
            f"the {self._what}s are a mapping and not a function; leave the () out: net.parameters.items()"
        )

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}: {one.shape if hasattr(one, 'shape') else one!r}" for name, one in self.items())
        return f"<{self._what}s {listed or 'none'}>"

    def __missing__(self, name: object) -> NoReturn:
        listed = ", ".join(self) or "it is empty"
        raise UnknownNameError(f"no {self._what} {name!r}{did_you_mean(str(name), self)} ({listed})")

    def __setitem__(self, name: str, value: Any) -> None:
        mine = self[name]
        if mine is value:  # `arrays[name] += 1` has changed the array by then
            return
        if isinstance(mine, NamedArrays):
            mine._check_complete(value)
        self.update({name: value})

    def update(self, *given: Any, **named: Any) -> None:
        """Copy several arrays; if one does not fit, none is copied."""
        try:
            by_name = dict(*given, **named)
        except (TypeError, ValueError):
            raise self._not_by_name() from None
        for mine, values in list(self._fitting(by_name)):
            mine[...] = values

    def replace(self, given: Mapping[str, Any]) -> None:
        """Copy all arrays from a tree that has the same names."""
        self._check_complete(given)
        self.update(given)

    def _check_complete(self, given: Any) -> None:
        if not isinstance(given, Mapping):
            raise self._not_by_name()
        for name, mine in self.items():
            if name not in given:
                raise UnknownNameError(f"the {self._what} {name!r} is missing; give all: {', '.join(self)}")
            if isinstance(mine, NamedArrays):
                mine._check_complete(given[name])

    def _fitting(self, given: Mapping[str, Any]) -> Iterator[tuple[Array, Array]]:
        for name, values in given.items():
            mine = self[name]
            if not isinstance(mine, NamedArrays):
                yield mine, number_array(values, mine, f"{self._what} {name}", finite=self._finite)
            elif isinstance(values, Mapping):
                yield from mine._fitting(values)
            else:
                raise mine._not_by_name()

    def _not_by_name(self) -> DataError:
        return DataError(f"give each {self._what} by its name, in a dictionary: {', '.join(self)}")

    def _updated(self, given: Any) -> NamedArrays:
        self.update(given)
        return self

    __ior__: Any = _updated  # a dict's own takes two kinds of arguments, and this one both

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the array of that name; there is none to add."""
        return self[name]

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise FixedError(f"a {self._what} cannot be removed: the layers need it; change the layers of a new network")

    __delitem__ = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy is a plain dictionary of arrays of its own: it belongs to no network.
        return dict, (dict(self),)


class Gradients(NamedArrays):
    """Where layers write the gradients of their parameters: into the arrays, which are the network's."""

    def update(self, *given: Any, **named: Any) -> NoReturn:
        """Raise `FixedError`: layers write into the arrays, and outside of them ``net.gradients`` is assigned."""
        raise FixedError(
            "a gradient is written in place: grads['weights'][...] = …; outside of layers: net.gradients = …"
        )


def named_arrays(tree: dict[str, Any], what: str, *, finite: bool, kind: type[NamedArrays]) -> NamedArrays:
    """Return nested arrays as objects of a class; a branch that occurs twice stays one object."""
    made: dict[int, NamedArrays] = {}

    def of(branch: dict[str, Any]) -> NamedArrays:
        if id(branch) not in made:
            below = {name: of(one) if isinstance(one, dict) else one for name, one in branch.items()}
            made[id(branch)] = kind(below, what, finite=finite)
        return made[id(branch)]

    return of(tree)
