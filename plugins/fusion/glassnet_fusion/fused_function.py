"""A function of arrays, such as the forward of an activation, computed by compiled code."""

from __future__ import annotations

from collections.abc import Callable
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
    run
        The compiled code; None until it is there.
    """

    program: Program
    space: Space
    scalars: tuple[float, ...]
    new: tuple[tuple[tuple[int, ...], Any], ...]
    returned: tuple[int, ...]
    is_tuple: bool
    run: Callable[..., int] | None = None

    def is_ready(self) -> bool:
        """Tell whether the results can be computed now."""
        self.run = self.program.bound(self.space)
        return self.run is not None


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
        self._plans: dict[Any, _Plan | str] = {}

    def __call__(self, *arrays: gn.Array) -> Any:
        """Return what the function returns."""
        found = self.fused(*arrays)
        return self.fallback(*arrays) if found is None else found

    def fused(self, *arrays: gn.Array) -> Any:
        """Return what compiled code computes, or None if it is not there, or cannot compute this."""
        plan = self._ready_plan(arrays)
        if plan is None:
            return None
        every = [*arrays, *[np.empty(*kind) for kind in plan.new]]
        assert plan.run is not None
        if plan.run(*every, *plan.scalars) != 0:
            self.last_reason = "its arrays are in pieces, or of a class of their own"
            return None
        self.last_reason, self.has_run = "", True
        return tuple(every[place] for place in plan.returned) if plan.is_tuple else every[plan.returned[0]]

    def is_ready(self, *arrays: gn.Array) -> bool:
        """Tell whether such arrays can be computed now; if not, they can be later, or `last_reason` says why not."""
        return self._ready_plan(arrays) is not None

    def _ready_plan(self, arrays: tuple[gn.Array, ...]) -> _Plan | None:
        plan = self._plan(arrays)
        if isinstance(plan, str) or not (plan.run or plan.is_ready()):
            self.last_reason = plan if isinstance(plan, str) else plan.program.reason or "it is being compiled"
            return None
        return plan

    @property
    def was_asked(self) -> bool:
        """Whether it was called."""
        return bool(self._plans)

    def reason(self, *arrays: gn.Array) -> str:
        """Return why it is not compiled for such arrays, or an empty text."""
        plan = self._plan(arrays)
        if isinstance(plan, str):
            return plan
        plan.program.wait()
        return plan.program.reason

    def _plan(self, arrays: tuple[gn.Array, ...]) -> _Plan | str:
        kinds = tuple([(array.shape, array.dtype) for array in arrays])
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
