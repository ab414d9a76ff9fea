"""The first step and layer in which two trainings differ.

First both are trained with a checksum of each parameter after each step. Then both are trained up to the first step
that differs, and everything that this step computes is compared in its order.
"""

from __future__ import annotations

import itertools
from typing import Any
from zlib import crc32

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.context import Context
from glassnet.components.layer import Arrays
from glassnet.components.loss import Loss
from glassnet.model.objective import Objective
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_comparison.repetition import ReachedError, Repetition
from glassnet_divergence.watching import left_as_it_was


@attrs.frozen
class Parting:
    """Where two trainings part.

    Attributes
    ----------
    epoch, step
        Counted from 1; step 0 is the beginning.
    where
        The first operation of the step that gives other numbers, and its layer.
    different, elements
        How many of its numbers differ, of how many.
    largest
        The largest difference.
    """

    epoch: int
    step: int
    where: str
    different: int
    elements: int
    largest: float

    def __str__(self) -> str:
        when = f"at step {self.step} (epoch {self.epoch})" if self.step else "before the first step"
        return (
            f"they part {when}, in {self.where}: {self.different} of {self.elements} numbers differ, "
            f"by at most {self.largest:.3g}"
        )


def first_parting(one: Repetition, other: Repetition) -> Parting | None:
    """Train both and return where they part; None if they do not, as far as the shorter one goes."""
    known: list[tuple[int, ...]] = []
    one.train(_Checksums(known=known, compared=None, found=[]))
    found: list[int] = []
    other.train(_Checksums(known=[], compared=known, found=found))
    if not found:
        return None
    steps = [_Step(step=found[0], log=[], at=[0]) for _ in range(2)]
    for each, step in zip((one, other), steps, strict=True):
        each.train(step)
    return _compared(*steps)


class _Checksums(gn.Callback):
    """Keeps a checksum of each parameter at the start and after each step; ends the run at the first that differs."""

    known: Any = gn.option(help="a list for the checksums")
    compared: Any = gn.option(help="those of another run, or None")
    found: Any = gn.option(help="a list for the number of steps at which they differ")

    @gn.run_hookimpl(trylast=True)
    def on_run_start(self, run: gn.Run) -> None:
        self._look(run)

    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        self._look(run)

    def _look(self, run: gn.Run) -> None:
        checksums = tuple(crc32(np.ascontiguousarray(each).data) for each in run.network.parameters.values())
        place = len(self.known)
        self.known.append(checksums)
        if self.compared is None:
            return
        if place >= len(self.compared):
            raise ReachedError
        if self.compared[place] != checksums:
            self.found.append(run.step)
            raise ReachedError


class _Step(gn.Callback):
    """Notes everything that one step computes, by name and in order, and ends the run behind it."""

    step: int = gn.option(help="the step, counted from 1; 0 for the parameters at the start")
    log: Any = gn.option(help="a list for names and arrays")
    at: Any = gn.option(help="a list that holds the epoch")

    @gn.run_hookimpl(trylast=True)
    def on_run_start(self, run: gn.Run) -> None:
        if self.step == 0:
            self._note_parameters(run, "the initial values of")
            raise ReachedError

    # Last: a callback before this one may replace the batch.
    @gn.run_hookimpl(trylast=True)
    def on_batch_start(self, run: gn.Run) -> None:
        if run.step + 1 == self.step:
            self.at[0] = run.epoch + 1
            self._watch(run)

    # Here: an optimizer may work in the memory of the gradients.
    @gn.run_hookimpl(trylast=True)
    def on_after_backward(self, run: gn.Run) -> None:
        if run.step + 1 == self.step:
            for name, gradient in _by_name(run.network, run.network.gradients).items():
                self._note(f"the gradient of {name!r}", gradient)

    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        if run.step == self.step:
            self._note("the loss", np.asarray(run.batch_loss))
            self._note_parameters(run, "the update of")
            raise ReachedError

    def _watch(self, run: gn.Run) -> None:
        x, y = run.batch
        self._note("the samples of the batch", np.asarray(x))
        self._note("the targets of the batch", np.asarray(y))
        with left_as_it_was(run.network), np.errstate(all="ignore"):
            objective = Objective(run.network, run.loss, run.options.regularizer, _Watching(run, self._note))
            inputs, targets = run.lent_batch
            with run.pass_through_network() as ctx:
                outputs, caches = objective.forward(inputs, targets, ctx)
                _, dy = objective.loss_and_gradient(outputs, targets, run.sample_weights)
                self._note(f"the derivative of the loss {run.loss!r}", dy)
                objective.backward(caches, dy, ctx)

    def _note_parameters(self, run: gn.Run, what: str) -> None:
        for name, array in run.network.parameters.items():
            self._note(f"{what} {name!r}", array)

    def _note(self, what: str, array: Array) -> None:
        self.log.append((what, np.array(array)))


class _Watching:
    """Returns what the run computes with for each component, watched; the layers come in their order."""

    def __init__(self, run: gn.Run, note: Any) -> None:
        self._run, self._note = run, note
        self._places = itertools.count()

    def __call__(self, component: Any, elements: int) -> Any:
        computed = self._run.prepared(component, elements * self._run.options.batch_size)
        if isinstance(component, Loss):
            return computed
        return _WatchedLayer(computed.as_layer(), where=f"layer {next(self._places)} '{component!r}'", note=self._note)


class _WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and notes the results."""

    where: str = gn.option(help="the layer, and where it stands")
    note: Any = gn.option(help="what takes a name and an array")

    # Parts of a batch at once would be noted in any order.
    batch_independent = False

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        self.note(f"the forward pass of {self.where}", y)
        return y, cache

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        dx = super().backward(params, cache, dy, grads, ctx)
        for name, gradient in named_leaves(grads).items():
            self.note(f"the backward pass of {self.where}, {name}", gradient)
        if dx is not None and ctx.needs_input_grad:
            self.note(f"the backward pass of {self.where}", dx)
        return dx


def _by_name(network: gn.Network, vector: Array) -> dict[str, Array]:
    return {slice_.name: slice_.view(vector) for slice_ in network.layout.slices}


def _compared(one: _Step, other: _Step) -> Parting:
    """Return the first result of a step that differs."""
    for (what, mine), (_, theirs) in zip(one.log, other.log, strict=False):
        if mine.shape != theirs.shape:
            return Parting(one.at[0], one.step, what, mine.size, mine.size, float("nan"))
        if mine.tobytes() != theirs.tobytes():
            return _parting(one, what, mine, theirs)
    # A repetition went another way this time.
    return Parting(one.at[0], one.step, "a result that differs each time", 0, 0, float("nan"))


def _parting(step: _Step, what: str, mine: Array, theirs: Array) -> Parting:
    differ = ~((mine == theirs) | ((mine != mine) & (theirs != theirs)))
    with np.errstate(all="ignore"):
        gaps = np.abs(mine.astype(np.float64) - theirs.astype(np.float64))
    largest = float(np.nanmax(gaps)) if gaps.size and not np.all(np.isnan(gaps)) else float("nan")
    return Parting(step.at[0], step.step, what, int(differ.sum()), mine.size, largest)
