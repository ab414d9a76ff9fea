"""The step of an optimizer, computed by compiled code that does what its `update` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.named_arrays import NamedArrays
from glassnet_fusion.number import Arithmetic, function_of
from glassnet_fusion.program import Program
from glassnet_fusion.programs import finish_compiling, program_for
from glassnet_fusion.record import Record
from glassnet_fusion.space import Space

_STEP = ("lr", "t")
# The place of the gradient among the arrays. An update may leave in it anything.
_GRADIENT = (1,)
# A record takes 20 µs, in which NumPy computes the step of this number of parameters.
_WORTH_RECORDING = 20_000


@attrs.define
class _Path:
    """One way that an update can take: the numbers that it computes with, its program, and what that goes through."""

    numbers: Any
    program: Program
    space: Space
    run: Callable[..., int] | None = None

    def take(self, arrays: Sequence[Any], lr: float, t: int) -> bool:
        """Take a step; return False, with nothing changed, if it goes another way or the code refuses the arrays."""
        numbers = self.numbers(lr, t)
        return numbers is not None and self.run is not None and self.run(*arrays, *numbers) == 0


class FusedUpdate:
    """Takes steps as an optimizer does.

    `update` is recorded with symbols for arrays, `lr` and `t`. If a step decides by numbers in another way, it is
    recorded anew. An update that hides what it does with them, in ``math.sqrt(lr)`` say, is recorded at each step.

    Attributes
    ----------
    was_asked
        Whether a step was to be taken.
    last_reason
        Why the last step was not fused, or an empty text.
    has_run
        Whether compiled code has taken a step.
    """

    def __init__(self, optimizer: gn.Optimizer) -> None:
        self.optimizer = optimizer
        self.was_asked = False
        self.last_reason, self.has_run = "", False
        self._names = optimizer.slots
        # Numbers in the state change from step to step.
        self._is_recorded_each_time = bool(optimizer.scalars)
        self._paths: dict[Any, list[_Path]] = {}
        # That of the last step, whose code refuses arrays of other shapes and types.
        self._last: _Path | None = None
        # Of an update that is recorded each time, by what it did.
        self._recorded_paths: dict[Any, _Path] = {}
        self._refused: dict[Any, str] = {}

    def take(self, p: gn.Array, g: gn.Array, state: dict[str, gn.Array], lr: float, t: int) -> bool:
        """Take a step; return False, with nothing changed, if NumPy is to take it."""
        self.was_asked = True
        arrays = (p, g, *[state[name] for name in self._names])
        if self._last is not None and self._last.take(arrays, lr, t):
            self.last_reason = ""
            return True
        return self._take_by_kinds(arrays, state, lr, t)

    def _take_by_kinds(self, arrays: tuple[gn.Array, ...], state: dict[str, gn.Array], lr: float, t: int) -> bool:
        """Do what `take` does, for arrays of other shapes or types than the last ones."""
        kinds = tuple([(array.shape, array.dtype) for array in arrays])
        for path in self._paths.get(kinds, ()):
            numbers = path.numbers(lr, t)
            if numbers is not None:
                path.run = path.run or path.program.bound(path.space, kinds)
                is_taken = self._take(path.run, path.program, arrays, numbers)
                self._last = path if is_taken else None
                return is_taken
        if kinds in self._refused:
            self.last_reason = self._refused[kinds]
            return False
        if self._is_recorded_each_time:
            if arrays[0].size < _WORTH_RECORDING:
                self.last_reason = "recording each step of so few parameters takes longer than NumPy"
                return False
            return self._record_and_take(arrays, kinds, state, lr, t)
        self._record(arrays, kinds, lr, t)
        return False

    def reason_for(self, p: gn.Array) -> str:
        """Return why steps with such parameters are not fused, or an empty text."""
        state = {name: np.zeros_like(p) for name in self._names} | {name: np.ones(1) for name in self.optimizer.scalars}
        for _ in range(2):
            self.take(p.copy(), p.copy(), {name: array.copy() for name, array in state.items()}, self.optimizer.lr, 2)
            finish_compiling()
        return self.last_reason

    def _record(self, arrays: Sequence[Any], kinds: Any, lr: float, t: int) -> None:
        """Record the update, and have it compiled."""
        try:
            record, numbers = self._recorded(arrays, lr, t)
            again, same_numbers = self._recorded(arrays, lr, t)
            if (record.entries, numbers) != (again.entries, same_numbers):
                raise NotTracedError("it computes something else each time")
            self._paths.setdefault(kinds, []).append(_Path(function_of(numbers), *program_for(record, left=_GRADIENT)))
        except NotTracedError as error:
            self._refused[kinds] = str(error)
        except Exception:  # what a number is used for is not seen, or not possible with a symbol
            self._is_recorded_each_time = True

    def _recorded(self, arrays: Sequence[Any], lr: float, t: int) -> tuple[Record, str]:
        """Return the record of an update, and the code of its numbers."""
        arithmetic = Arithmetic(_STEP, (lr, t))
        record = Record(arrays)
        p, g, *slots = record.inputs()
        symbols: Any = NamedArrays(zip(self._names, slots, strict=True))
        self.optimizer.update(p, g, symbols, *arithmetic.numbers)  # type: ignore[arg-type]
        return record, arithmetic.code(record.scalars)

    def _record_and_take(self, arrays: Any, kinds: Any, state: Any, lr: float, t: int) -> bool:
        record = Record(arrays)
        p, g, *slots = record.inputs()
        scalars = {name: state[name].copy() for name in self.optimizer.scalars}
        symbols: Any = NamedArrays(zip(self._names, slots, strict=True), **scalars)
        try:
            self.optimizer.update(p, g, symbols, lr, t)  # type: ignore[arg-type]
            key = kinds, tuple(record.entries)
            if key not in self._recorded_paths:
                self._recorded_paths[key] = _Path(None, *program_for(record, left=_GRADIENT))
        except Exception as error:  # NumPy does it, and raises what there is to raise
            self._refused[kinds] = str(error)
            return False
        path = self._recorded_paths[key]
        path.run = path.run or path.program.bound(path.space, kinds)
        if not self._take(path.run, path.program, arrays, record.scalars):
            return False
        for name, values in scalars.items():
            state[name][...] = values
        return True

    def _take(self, run: Any, program: Program, arrays: Any, numbers: Sequence[Any]) -> bool:
        if run is None:
            self.last_reason = program.reason or "it is being compiled"
            return False
        if run(*arrays, *numbers) != 0:
            self.last_reason = "its arrays are in pieces, share memory, or are of a class of their own"
            return False
        self.last_reason, self.has_run = "", True
        return True
