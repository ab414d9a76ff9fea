"""The callback that records what the rules need, after the steps 1, 2, 4, 8, … of each training.

It reads what the step has computed anyway, so it changes no bytes and costs little: `benchmarks/doctor.py` measures it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet_doctor.record import FILE, RECORDS, ParameterSample, Record, Sample

if TYPE_CHECKING:
    from glassnet.types import Array


class Sampler(gn.Callback):
    """Records parameters, gradients and updates of a few steps, and how the training ended."""

    @gn.run_hookimpl(trylast=True)
    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._record = RECORDS[run.network] = Record(
            run.options,
            steps_per_epoch=run.data.steps_per_epoch(run.options.batch_size),
            training_samples=run.data.samples,
        )
        memory._sampled = []
        memory._next = run.step + 1
        memory._before = run.network.flat_parameters.copy()

    def on_batch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if run.step < memory._next - 1:
            return
        if run.step >= memory._next:
            memory._sampled.append(_sampled(run, memory._before))
            memory._next = 2 * run.step
        memory._before = run.network.flat_parameters.copy() if run.step == memory._next - 1 else None

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        if isinstance(exception, gn.NonFiniteError) and hasattr(run.state_of(self), "_record"):
            run.state_of(self)._record.diverged = exception.diverged

    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if not hasattr(memory, "_record"):  # a callback before this one has failed in on_run_start
            return
        record: Record = memory._record
        names = [piece.name for piece in run.network.layout.pieces]
        record.samples = [_named(names, *each) for each in memory._sampled]
        record.steps, record.epochs = run.step, run.epoch
        record.stopped = record.diverged is None and run.epoch < run.epochs
        if run.folder is not None and run.folder.is_dir() and not run.is_as_saved:
            from glassnet_persistence.run_files import write_json

            write_json(run.folder / FILE, record.as_plain())


def _sampled(run: gn.Run, before: Array) -> tuple[Any, ...]:
    """Return step and loss, and for each parameter the size of its values, its gradient and its update."""
    network = run.network
    starts = [piece.start for piece in network.layout.pieces]
    vectors = (before, network.gradients, network.flat_parameters - before)
    return (run.step - 1, run.batch_loss, *(_sums_of_squares(each, starts) for each in vectors), _sizes(run))


def _sums_of_squares(vector: Array, starts: list[int]) -> Array:
    return np.add.reduceat(np.square(vector), starts) if starts else np.empty(0)


def _sizes(run: gn.Run) -> Array:
    return np.array([piece.parameter.size for piece in run.network.layout.pieces])


def _named(
    names: list[str], step: int, loss: float, values: Array, gradients: Array, updates: Array, sizes: Array
) -> Sample:
    rms = [np.sqrt(each / sizes).tolist() for each in (values, gradients, updates)]
    return Sample(step, float(loss), dict(zip(names, map(ParameterSample, *rms), strict=True)))
