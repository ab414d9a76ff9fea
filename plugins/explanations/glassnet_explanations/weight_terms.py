"""The terms of the change of one element in a step of a running training."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet.model.parameter_vector import ParameterSlice
from glassnet.types import Array

# Their update of one element alone is that of all together.
_ELEMENTWISE = ("chunk", "contiguous")


class WeightTerms:
    """Takes the step of one element, or of its whole array where the other elements count, in float64 and on copies.

    Parameters
    ----------
    run
        A run before the optimizer's step.
    slice_, index
        The parameter, and the flat index of the element in it.
    """

    def __init__(self, run: gn.Run, slice_: ParameterSlice, index: int) -> None:
        bound = run.bound_optimizer
        self._optimizer = bound.optimizer
        self._constraint = slice_.parameter.constraint
        is_alone = self._constraint is None and bound.optimizer.granularity in _ELEMENTWISE
        start, stop = (slice_.start + index, slice_.start + index + 1) if is_alone else (slice_.start, slice_.stop)
        self._index = 0 if is_alone else index
        shape = (1,) if is_alone else slice_.parameter.shape

        def of_element(vector: Array) -> Array:
            return vector[start:stop].astype(np.float64).reshape(shape)

        group = next(group for group in bound.groups if group.place.start <= start < group.place.stop)
        self._p, self._g = of_element(run.network.flat_parameters), of_element(run.network.gradients)
        self._state = {name: of_element(slot) for name, slot in bound.slots.items()}
        self._state |= {name: group.state[name].copy() for name in bound.scalars}
        self._lr, self._lr_now = run.optimizer.lr * group.lr_scale, run.lr * group.lr_scale
        self._t = run.step + 1

    def terms(self) -> dict[str, float]:
        """Return what the optimizer, the schedule and the constraint add to plain descent."""
        found = self._own()
        change = self._change(self._lr_now)
        if self._lr_now != self._lr:
            found["schedule"] = change - self._change(self._lr)
        if self._constraint is not None:
            after = self._p + change
            projected = after.copy()
            self._constraint.project(projected)
            found["constraint"] = projected - after
        return {name: float(values.flat[self._index]) for name, values in found.items()}

    def _own(self) -> dict[str, Array]:
        """Return the optimizer's terms: its own, or what a step without its memory tells of it."""
        state = {name: array.copy() for name, array in self._state.items()}
        own = self._optimizer.update_terms(self._p, self._g, state, self._lr, self._t)
        if own is not None:
            return dict(own)
        nothing = np.zeros_like(self._g)
        decay = self._change(self._lr, nothing, remembers=False)
        memoryless = self._change(self._lr, self._g, remembers=False)
        state_term = {"state": self._change(self._lr) - memoryless} if self._state else {}
        return {"decay": decay, "scaling": memoryless - decay + self._lr * self._g, **state_term}

    def _change(self, lr: float, gradient: Array | None = None, *, remembers: bool = True) -> Array:
        after, g = self._p.copy(), (self._g if gradient is None else gradient).copy()
        state = {name: array.copy() if remembers else np.zeros_like(array) for name, array in self._state.items()}
        self._optimizer.step(after, g, state, lr, self._t if remembers else 1, lambda: 0.0)
        change: Array = after - self._p
        return change
