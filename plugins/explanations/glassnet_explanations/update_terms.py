"""What the change of the parameters in a step is the sum of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np

from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.training.run import Run

# How many roundings of a parameter a change may be off that was found by subtracting parameters.
_ROUNDINGS = 8
Terms = dict[str, Array]


@attrs.frozen(eq=False)
class GradientParts:
    """The gradient that the optimizer is given, as vectors over all parameters: its parts add up to it."""

    loss: Array
    penalty: Array
    callbacks: Array

    @property
    def total(self) -> Array:
        """The gradient, added in the order of training."""
        total: Array = self.loss + self.penalty + self.callbacks
        return total


class StepTerms:
    """Takes one step several times from the same parameters, each time with one more ingredient.

    The first ingredients are plain gradient descent: ``-lr`` times the gradient of the loss, and of the penalties. What
    the optimizer does beyond it, it says itself (`Optimizer.update_terms`), or it is found by two further steps: one
    without the optimizer's memory, and one with it. Schedule and constraints come last.

    Parameters
    ----------
    run
        A run that is prepared, with the optimizer's state as it is before the step.
    gradient
        The parts of the gradient.
    t
        The number of the step, from 1.
    """

    def __init__(self, run: Run, gradient: GradientParts, t: int) -> None:
        self._run = run
        self._bound = run.bound_optimizer
        self._gradient = gradient
        self._t = t
        self._start = run.network.flat_parameters.copy()
        self._state = {**self._bound.slots, **self._bound.scalars}
        self._saved = {name: array.copy() for name, array in self._state.items()}

    def terms(self) -> dict[str, Terms]:
        """Return the terms of each trained parameter, and its ``"total"``; everything is left as it was."""
        run, own_lr = self._run, self._run.optimizer.lr
        without = np.zeros_like(self._start)
        lr = self._own_step_sizes(own_lr)
        terms = {"gradient": -lr * self._gradient.loss}
        if run.objective.penalised:
            terms["penalty"] = -lr * self._gradient.penalty
        if self._gradient.callbacks.any():
            terms["callbacks"] = -lr * self._gradient.callbacks
        ordinary = self._change(self._gradient.total, own_lr)
        own = self._own_terms(own_lr)
        if own is None:
            decay = self._change(without, own_lr, remembers=False)
            memoryless = self._change(self._gradient.total, own_lr, remembers=False)
            terms |= self._felt({"decay": decay, "scaling": memoryless - decay - sum(terms.values())}, terms)
            if self._state:
                terms["state"] = ordinary - memoryless
        else:
            terms |= own
            terms |= self._felt({"rest": ordinary - sum(terms.values())}, terms)
        after = ordinary
        if run.lr != own_lr or run.options.schedule is not None:
            after = self._change(self._gradient.total, run.lr)
            terms["schedule"] = after - ordinary
        total = self._change(self._gradient.total, run.lr, is_constrained=True)
        if any(slice_.parameter.constraint is not None for slice_ in run.network.layout.slices):
            terms["constraint"] = total - after
        return self._by_parameter(_with_rounding(terms, total), total)

    def _own_step_sizes(self, lr: float) -> Array:
        """Return the step size of each element; 0 for what is not trained."""
        sizes: Array = np.zeros_like(self._start)
        for group in self._bound.groups:
            sizes[group.place] = lr * group.lr_scale
        return sizes

    def _own_terms(self, lr: float) -> Terms | None:
        """Return what the optimizer says of its update, or None if it says nothing."""
        gradient = self._gradient.total
        terms: Terms = {}
        for group in self._bound.groups:
            place, shape = group.place, group.p.shape
            state = {name: array.copy() for name, array in group.state.items()}
            given = (self._start[place].reshape(shape), gradient[place].reshape(shape))
            own = self._bound.optimizer.update_terms(*given, state, lr * group.lr_scale, self._t)
            if own is None:
                return None
            for name, values in own.items():
                terms.setdefault(name, np.zeros_like(self._start))[place] = values.reshape(-1)
        return terms

    def _change(self, gradient: Array, lr: float, *, remembers: bool = True, is_constrained: bool = False) -> Array:
        """Return the change of the parameters in a step, of which nothing is left."""
        network = self._run.network
        network.flat_parameters[:], network.gradients[:] = self._start, gradient
        if not remembers:
            for array in self._state.values():
                array[...] = 0
        take: Callable[..., None] = self._bound.step if is_constrained else self._bound.update
        try:
            take(lr, self._t if remembers else 1, self._run.evaluate)
            change: Array = network.flat_parameters - self._start
            return change
        finally:
            network.flat_parameters[:] = self._start
            for name, array in self._state.items():
                array[...] = self._saved[name]

    def _felt(self, found: Terms, others: Terms) -> Terms:
        """Return the terms in `found` that are more than the rounding of the parameters and of the other terms."""
        size = np.sum([np.abs(values) for values in (self._start, *others.values())], axis=0)
        rounding = _ROUNDINGS * np.finfo(np.float64).eps * size
        return {name: values for name, values in found.items() if np.any(np.abs(values) > rounding)}

    def _by_parameter(self, terms: Terms, total: Array) -> dict[str, Terms]:
        slices = [slice_ for slice_ in self._run.network.layout.slices if slice_.parameter.trainable]
        penalised = {name for _, name, _ in self._run.objective.penalised}
        constrained = {slice_.name for slice_ in slices if slice_.parameter.constraint is not None}
        found: dict[str, Terms] = {}
        for slice_ in slices:
            own = {name: slice_.view(values).copy() for name, values in [*terms.items(), ("total", total)]}
            for name, names in {"penalty": penalised, "constraint": constrained}.items():
                if slice_.name not in names:
                    own.pop(name, None)
            found[slice_.name] = own
        return found


def _with_rounding(terms: Terms, total: Array) -> Terms:
    """Return terms that add up to `total`, which was found by a subtraction: its rounding goes to the largest term.

    What the rounding of their sum leaves goes to the last term. A term that is smaller than the rounding of all of them
    is 0.
    """
    values = np.array(list(terms.values()))
    sizes = np.abs(values)
    values[sizes <= _ROUNDINGS * np.finfo(np.float64).eps * sizes.sum(axis=0)] = 0
    largest = np.abs(values).argmax(axis=0)
    columns = np.arange(len(total))
    values[largest, columns] += total - values.sum(axis=0)
    last = len(values) - 1 - (values[::-1] != 0).argmax(axis=0)
    values[last, columns] += total - values.sum(axis=0)
    return dict(zip(terms, values, strict=True))
