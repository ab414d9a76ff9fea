"""A function of arrays, such as the forward of an activation, computed by compiled code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.program import Program
from glassnet_fusion.programs import program_for
from glassnet_fusion.record import Record, Symbol
from glassnet_fusion.space import Space

# A function that is given arrays of ever new shapes is not recorded for ever.
_MOST_SHAPES = 64
# NumPy computes this number of operations on few elements in the time that a call of compiled code takes.
_FEW = 2
_WAITING = "it is being compiled"


@attrs.define
class _Plan:
    """How one kind of arrays is computed.

    Attributes
    ----------
    program, space, scalars
        What computes the results, what it goes through, and the numbers that it is given.
    new
        Shape and type of each result that is an array of its own.
    returned
        The places of the results among inputs and new arrays.
    is_tuple
        Whether the function returns a tuple.
    """

    program: Program
    space: Space
    scalars: tuple[float, ...]
    new: tuple[tuple[tuple[int, ...], Any], ...]
    returned: tuple[int, ...]
    is_tuple: bool

    @property
    def returns_new_ones(self) -> bool:
        """Whether all results are new arrays."""
        return len(self.new) == len(self.returned)

    def results(self) -> Callable[[Sequence[Any]], Any]:
        """Return what takes the results from the list of all arrays."""
        if self.is_tuple and len(self.returned) == 1:
            place = self.returned[0]
            return lambda every: (every[place],)
        return itemgetter(*self.returned)


class FusedFunction:
    """Computes what a function of arrays computes, which depends on nothing else.

    Parameters
    ----------
    formula
        It is recorded once for each combination of shapes and types.
    fallback
        What computes the same where the formula is not compiled.

    Attributes
    ----------
    last_reason
        Why the last call was left to the fallback, or an empty text.
    has_run
        Whether compiled code has computed a call.
    """

    def __init__(self, formula: Callable[..., Any], fallback: Callable[..., Any]) -> None:
        self.formula = formula
        self.fallback = fallback
        self.last_reason, self.has_run = "", False
        # By the shapes and types of arrays: the plan, or why there is none.
        self._plans: dict[Any, _Plan | str] = {}
        # By the same: what computes from now on, compiled code or the fallback.
        self._chosen: dict[Any, Callable[..., Any]] = {}
        # Compiled code for the arrays of the last call, which returns None for others; and for the fallback the shape
        # and the type of the first of them.
        self._last: Callable[..., Any] = _nothing
        self._last_left: Any = None

    def __call__(self, *arrays: gn.Array) -> Any:
        """Return what the function returns."""
        if self._last_left is not None and (arrays[0].shape, arrays[0].dtype) == self._last_left:
            return self.fallback(*arrays)
        found = self._last(*arrays)  # in a small network, finding it by shapes and types takes longer than computing
        if found is None:
            found = self._found(arrays)
        return self.fallback(*arrays) if found is None else found

    def fused(self, *arrays: gn.Array, empty: Callable[..., gn.Array] = np.empty) -> Any:
        """Return what compiled code computes, or None if it is not there, or cannot compute this.

        New arrays are those that `empty` returns for a shape and a type.
        """
        found = self._last(*arrays, empty=empty)
        return self._found(arrays, empty) if found is None else found

    def _found(self, arrays: tuple[gn.Array, ...], empty: Callable[..., gn.Array] = np.empty) -> Any:
        """Do what `fused` does, for arrays of other shapes or types than the last ones."""
        compute = self.ready(*arrays)
        if compute is None:
            self._last_left = (arrays[0].shape, arrays[0].dtype) if self.leaves(*arrays) else None
            return None
        found = compute(*arrays, empty=empty)
        if found is None:
            self.last_reason = "its arrays are in pieces, share memory, or are of a class of their own"
        else:
            self._last = compute
        return found

    def ready(self, *arrays: gn.Array) -> Callable[..., Any] | None:
        """Return what computes such arrays now, or None: they can be later, or `last_reason` says why not.

        It returns None, with nothing changed, if it cannot take the arrays that it is given.
        """
        kinds = _kinds(arrays)
        chosen = self._chosen.get(kinds) or self._choice(kinds, arrays)
        return None if chosen is self.fallback else chosen

    def leaves(self, *arrays: gn.Array) -> bool:
        """Tell whether such arrays are left to the fallback for good."""
        return self._chosen.get(_kinds(arrays)) is self.fallback

    def _choice(self, kinds: Any, arrays: tuple[gn.Array, ...]) -> Callable[..., Any]:
        """Return what computes such arrays now, and keep it if it will not change."""
        plan = self._plan(kinds, arrays)
        if isinstance(plan, str):
            self.last_reason = plan
        elif run := plan.program.bound(plan.space, kinds):
            chosen = self._chosen[kinds] = self._computing(plan, run)
            return chosen
        else:
            self.last_reason = plan.program.reason or _WAITING
        if self.last_reason != _WAITING and kinds in self._plans:
            self._chosen[kinds] = self.fallback
        return self.fallback

    def _computing(self, plan: _Plan, run: Callable[..., int]) -> Callable[..., Any]:
        """Return what computes results by compiled code, or returns None if it cannot take the arrays."""
        # In a small network, looking a name up takes as long as the compiled code.
        new, scalars, results = plan.new, plan.scalars, plan.results()

        def compute(*arrays: gn.Array, empty: Callable[..., gn.Array] = np.empty) -> Any:
            every = [*arrays, *starmap(empty, new)]
            if run(*every, *scalars) != 0:
                return None
            self.last_reason, self.has_run = "", True
            return results(every)

        def compute_one(*arrays: gn.Array, empty: Callable[..., gn.Array] = np.empty) -> Any:
            result = empty(*new[0])
            if run(*arrays, result, *scalars) != 0:
                return None
            self.last_reason, self.has_run = "", True
            return result

        def compute_new(*arrays: gn.Array, empty: Callable[..., gn.Array] = np.empty) -> Any:
            made = tuple(starmap(empty, new))
            if run(*arrays, *made, *scalars) != 0:
                return None
            self.last_reason, self.has_run = "", True
            return made

        if not plan.returns_new_ones:
            return compute
        return compute_new if plan.is_tuple else compute_one

    @property
    def was_asked(self) -> bool:
        """Whether it was called."""
        return bool(self._plans)

    def reason(self, *arrays: gn.Array) -> str:
        """Return why it is not compiled for such arrays, or an empty text."""
        plan = self._plan(_kinds(arrays), arrays)
        if isinstance(plan, str):
            return plan
        plan.program.wait()
        return plan.program.reason

    def _plan(self, kinds: Any, arrays: tuple[gn.Array, ...]) -> _Plan | str:
        plan = self._plans.get(kinds)
        if plan is None:
            if len(self._plans) >= _MOST_SHAPES:
                return "its arrays have too many shapes"
            plan = self._plans[kinds] = self._recorded(arrays)
        return plan

    def _recorded(self, arrays: tuple[gn.Array, ...]) -> _Plan | str:
        record = Record(arrays)
        try:
            found = self.formula(*record.inputs())
            results = found if isinstance(found, tuple) else (found,)
            if not all(type(each) is Symbol for each in results):
                return f"it returns a {next(type(each).__name__ for each in results if type(each) is not Symbol)}"
            again = Record(arrays)
            self.formula(*again.inputs())
            if repr(again.scalars) != repr(record.scalars):  # NaN equals itself there
                return "it computes with other numbers each time"
            return _plan_of(record, tuple(each.number for each in results), isinstance(found, tuple))
        except NotTracedError as error:
            return str(error)
        except Exception as error:  # NumPy computes it, and raises what there is to raise
            return f"{type(error).__name__}: {error}"


def _plan_of(record: Record, results: tuple[int, ...], is_tuple: bool) -> _Plan:
    program, space = program_for(record, results, fewest=_FEW + 1)
    places = [record.place(each) for each in results]
    inputs = len(record.described)
    returned: list[int] = []
    new: list[tuple[tuple[int, ...], Any]] = []
    for number, place in zip(results, places, strict=True):
        if place < inputs:
            if record.kind(number)[0] != record.kind(place)[0]:
                raise NotTracedError("it returns its input in another shape")
            returned.append(place)
        else:
            returned.append(inputs + len(new))
            new.append(record.kind(number))
    return _Plan(program, space, tuple(map(float, record.scalars)), tuple(new), tuple(returned), is_tuple)


def _nothing(*arrays: gn.Array, empty: Callable[..., gn.Array] = np.empty) -> None:
    """Compute nothing: no code is there yet."""


def _kinds(arrays: tuple[gn.Array, ...]) -> Any:
    return tuple([(array.shape, array.dtype) for array in arrays])
