"""The callbacks that record what the rules need, after the steps 1, 2, 4, 8, … of each training.

They read what the step has computed anyway, so they change no bytes; `benchmarks/doctor.py` measures their time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.record import RECORDS, RawSample, Record
from glassnet_doctor.sizes import sizes_of_each

if TYPE_CHECKING:
    from glassnet.types import Array


class Sampler(gn.Callback):
    """Records parameters and updates of a few steps, and how the training ended."""

    @gn.run_hookimpl(trylast=True)
    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._record = None
        memory._next = run.step + 1
        memory._before = run.config.network.flat_parameters.copy()

    def on_batch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        step = run.step
        if step < memory._next - 1:
            return
        if step >= memory._next:
            record = self._record_of(run)
            record.raw_samples.append(_sampled(run, memory._before))
            record.steps = step
            memory._next = 2 * step
        if step == memory._next - 1:
            np.copyto(memory._before, run.network.flat_parameters)

    # Not after each epoch: one of a small network takes hardly longer than a hook.
    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if hasattr(memory, "_record"):
            self._record_of(run).steps = run.step
            memory._before = None  # the run refers to itself, so it waits for Python's collector

    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        if not hasattr(run.state_of(self), "_record"):  # it has not started
            return
        record = self._record_of(run)
        record.steps = run.step
        if isinstance(exception, gn.NonFiniteError):
            record.diverged = exception.diverged

    def _record_of(self, run: gn.Run) -> Record:
        """Return the record of the run, made when it is first asked for."""
        memory = run.state_of(self)
        if memory._record is None:
            memory._record = RECORDS[run.network] = _record(run)
        record: Record = memory._record
        return record


class RecordWriter(gn.Callback):
    """Writes the record into the folder of the run."""

    def on_run_end(self, run: gn.Run) -> None:
        record = RECORDS.get(run.network)
        if record is None or record.options is not run.options or run.is_as_saved:
            return
        from glassnet_persistence.run_files import RECORD, write_json

        if run.folder is not None and run.folder.is_dir():
            write_json(run.folder / RECORD, record.as_plain())


def _record(run: gn.Run) -> Record:
    return Record(
        run.options,
        names=[slice_.name for slice_ in run.network.layout.slices],
        steps_per_epoch=run.data.steps_per_epoch(run.options.batch_size),
    )


def _sampled(run: gn.Run, before: Array) -> RawSample:
    """Return step and loss, and for each parameter the size of its values and of its update."""
    after = run.network.flat_parameters
    starts = [slice_.start for slice_ in run.network.layout.slices]
    # Not of the gradients: an optimizer may have overwritten them.
    vectors = (before.__getitem__, lambda part: after[part] - before[part])
    return run.step - 1, run.batch_loss, *sizes_of_each(vectors, starts, len(after))
