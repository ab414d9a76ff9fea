"""The callback that keeps the step in which a training diverges, in the folder of the run."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet.data.array_loader import ArrayLoader
from glassnet.support.random import stream
from glassnet.types import Array
from glassnet_doctor.flight.explanation import Explanation
from glassnet_doctor.flight.fault_file import FaultyStep, state_of
from glassnet_doctor.flight.replay import replayed
from glassnet_persistence.run_files import FAULT, FAULT_PAGE


class FlightRecorder(gn.Callback):
    """Writes ``fault.safetensors`` and ``fault.html`` when a training arrives at NaN or infinity."""

    def on_run_start(self, run: gn.Run) -> None:
        run.state_of(self)._has_failed = False

    def on_run_end(self, run: gn.Run) -> None:
        # What an earlier part of a continued run left.
        if run.folder is not None and not (run.is_as_saved or getattr(run.state_of(self), "_has_failed", True)):
            for name in (FAULT, FAULT_PAGE):
                (run.folder / name).unlink(missing_ok=True)

    @gn.run_hookimpl(trylast=True)
    def on_exception(self, run: gn.Run, exception: BaseException) -> None:
        run.state_of(self)._has_failed = True
        if not isinstance(exception, gn.NonFiniteError) or not exception.diverged or run.folder is None:
            return
        if not run.folder.is_dir() or not len(run.lent_batch[0]):
            return
        network = run.network
        fault = FaultyStep(
            network.flat_parameters.copy(),
            state_of(network),
            np.array(run.lent_batch[0]),
            np.array(run.lent_batch[1]),
            None if run.sample_weights is None else np.array(run.sample_weights),
            samples_of_batch(run),
            run.began.steps + run.step,
            run.options.seed,
            exception.diverged,
        )
        operations = replayed(network.copy(), run.loss, run.options.regularizer, fault)
        fault.save(run.folder / FAULT)
        gn.atomic_write(run.folder / FAULT_PAGE, Explanation.of(fault, operations).page().encode())


def samples_of_batch(run: gn.Run) -> Array | None:
    """Return the numbers of the batch's samples among those that are trained on; None if they are not known."""
    data, epoch = run.data, run.began.epochs + run.epoch
    if not isinstance(data, ArrayLoader):
        return None
    start = run.batch_in_epoch * run.options.batch_size
    order = stream(run.options.seed, "shuffle", epoch).permutation(data.samples)
    numbers: Array = order[start : start + run.batch_samples]
    # A callback may have replaced the batch.
    is_this_batch = len(numbers) == run.batch_samples and np.array_equal(data.y[numbers], run.lent_batch[1])
    return numbers if is_this_batch else None
