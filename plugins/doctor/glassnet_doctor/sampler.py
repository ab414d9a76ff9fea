"""The callback that records what the rules need, at steps 0, 1, 2, 4, 8, … of each training.

It reads what the step has computed anyway, so it changes no bytes and costs little: `benchmarks/doctor.py` measures it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.record import FILE, RECORDS, ParameterSample, Record, Sample

if TYPE_CHECKING:
    from glassnet.types import Array


class Sampler(gn.Callback):
    """Records parameters, gradients and updates of a few steps, and how the training ended."""

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._record = RECORDS[run.network] = Record(
            run.options,
            steps_per_epoch=run.data.steps_per_epoch(run.options.batch_size),
            training_samples=run.data.samples,
        )
        memory._next_step = run.step
        memory._before = None

    @gn.run_hookimpl(tryfirst=True)
    def on_after_backward(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if memory._before is not None:
            self._note_update(run)
        if run.step >= memory._next_step:
            memory._next_step = max(2 * run.step, 1)
            self._take_sample(run)

    def _take_sample(self, run: gn.Run) -> None:
        network, memory = run.network, run.state_of(self)
        memory._before = network.flat_parameters.copy()
        parameters = {
            piece.name: ParameterSample(_rms(piece.view(network.flat_parameters)), _rms(piece.view(network.gradients)))
            for piece in network.layout.pieces
        }
        memory._record.samples.append(Sample(run.step, None, parameters))

    def _note_update(self, run: gn.Run) -> None:
        network, memory = run.network, run.state_of(self)
        change = network.flat_parameters - memory._before
        memory._before = None
        sample: Sample = memory._record.samples[-1]
        sample.loss = float(run.batch_loss)
        sample.parameters = {
            piece.name: ParameterSample(before.rms, before.gradient_rms, _rms(piece.view(change)))
            for piece, before in zip(network.layout.pieces, sample.parameters.values(), strict=True)
        }

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        if isinstance(exception, gn.NonFiniteError):
            run.state_of(self)._record.diverged = exception.diverged

    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        record: Record = memory._record
        if memory._before is not None and record.diverged is None and run.step > record.samples[-1].step:
            self._note_update(run)
        record.steps, record.epochs = run.step, run.epoch
        record.stopped = record.diverged is None and run.epoch < run.epochs
        if run.folder is not None and run.folder.is_dir() and not run.is_as_saved:
            from glassnet_persistence.run_files import write_json

            write_json(run.folder / FILE, record.as_plain())


def _rms(values: Array) -> float:
    flat = values.reshape(-1)
    return float(np.sqrt(flat.dot(flat) / max(flat.size, 1)))
