"""The callback that records a training for plots."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import glassnet as gn
from glassnet_autodiff.tree import named_leaves
from glassnet_doctor.vitals import WatchedNetwork
from glassnet_persistence.run_files import RECORDING
from glassnet_plots.recording.cost import affordable_moments
from glassnet_plots.recording.recording import Moment, Recording, Snapshot, moment
from glassnet_plots.recording.sample import Sample, sample_of
from glassnet_plots.recording.thinned import Thinned

RECORDINGS: WeakKeyDictionary[gn.Network, Recording] = WeakKeyDictionary()
"""The recording of the last training of each network of this process."""


class Record(gn.Callback):
    """Records a training for plots: parameters, figures of each layer and predictions, at moments evenly far apart.

    ``glassnet train … --record`` adds it. The recording is ``recording.safetensors`` in the folder of the run, and
    `gn.plot` finds it; without a folder, it is kept in memory. It changes no byte of the training, and a training
    that is continued goes on with its recording.

    Its size is bounded however long the training is. There are at most `moments` moments, and the last step: whenever
    there are more, every second one is dropped. By default there are 64, or fewer if these took more than about 5 % of
    the training and a tenth of a second. The figures of layers are those of at most 128 training samples, and
    predictions those of at most 256 samples and 8 MiB. Snapshots of the parameters take at most `megabytes`; of a
    network so large that two take more, there are two.
    """

    only_watches = True

    moments: int | None = gn.option(None, ge=2, help="how many moments are kept at most; by default 6 to 64")
    megabytes: float = gn.option(32.0, gt=0, help="what snapshots of the parameters take at most, in MiB")

    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._moments = self.moments or affordable_moments(run.config.network, run.options.batch_size, _steps(run))
        memory._sample = sample_of(run, memory._moments)
        memory._recording = None
        memory._before = None
        memory._twin = run.network.copy()  # whose buffers, state and random numbers are its own
        memory._watched = WatchedNetwork(memory._twin, run.loss, run.options.regularizer, only_figures=True)
        if run.saved is None:
            self._look(run)
        memory._before = run.network.flat_parameters.copy()

    def on_resume(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._before = run.network.flat_parameters.copy()
        if run.folder is not None and (run.folder / RECORDING).is_file():
            recording = Recording.load(run.folder / RECORDING)
            recording.moments.cut(run.step)
            recording.snapshots.cut(run.step)
            memory._recording = RECORDINGS[run.network] = recording

    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if memory._sample is None:
            memory._sample = sample_of(run, memory._moments)
        recording = memory._recording
        if recording is None or recording.moments.is_due(run.step) or recording.snapshots.is_due(run.step):
            self._look(run)
            recording = memory._recording
        is_next = recording is not None and recording.moments.is_due(run.step + 1)
        memory._before = run.network.flat_parameters.copy() if is_next else None

    def _look(self, run: gn.Run) -> None:
        """Keep what is due after this step."""
        memory = run.state_of(self)
        if memory._sample is None or gn.first_not_finite(run.network) is not None:
            return
        if memory._recording is None:
            memory._recording = RECORDINGS[run.network] = self._empty(run)
        recording: Recording = memory._recording
        if recording.moments.is_due(run.step):
            recording.moments.add(run.step, _moment_of(run, memory, memory._before))
        if recording.snapshots.is_due(run.step):
            recording.snapshots.add(run.step, _snapshot_of(run))

    def _empty(self, run: gn.Run) -> Recording:
        network, memory = run.network, run.state_of(self)
        sample: Sample = memory._sample
        watched: WatchedNetwork = memory._watched
        size = network.flat_parameters.nbytes + sum(each.nbytes for each in named_leaves(network.state).values())
        most = min(memory._moments, int(self.megabytes * 2**20 // max(size, 1)))
        return Recording(
            places=[each.place for each in watched.layers],
            layers=[each.spec for each in watched.layers],
            activations=[each.is_activation for each in watched.layers],
            parameters=[slice_.name for slice_ in network.layout.slices],
            targets=sample.predicted_y,
            held_out=sample.held_out,
            steps_per_epoch=run.steps_per_epoch,
            moments=Thinned(memory._moments, _stride(run, memory._moments)),
            snapshots=Thinned(most, _stride(run, most)),
        )

    def save_state(self, run: gn.Run) -> None:
        self._write(run)

    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        recording = getattr(memory, "_recording", None)
        if recording is None or run.is_as_saved or gn.first_not_finite(run.network) is not None:
            return
        if run.step > recording.moments.steps[-1]:
            recording.moments.close(run.step, _moment_of(run, memory, None))
        recording.snapshots.close(run.step, _snapshot_of(run))
        self._write(run)

    def _write(self, run: gn.Run) -> None:
        recording = run.state_of(self)._recording
        if recording is not None and run.folder is not None and run.folder.is_dir():
            gn.atomic_write(run.folder / RECORDING, recording.as_bytes())


def _stride(run: gn.Run, most: int) -> int:
    """Return how far apart moments will be at the end, if the length of the run is known: none is taken in vain."""
    return max(1, -(-_steps(run) // (max(2, most) - 1)))


def _steps(run: gn.Run) -> int:
    """Return the number of steps of the whole run; 0 if it is not known."""
    return run.epochs * (run.steps_per_epoch or 0)


def _moment_of(run: gn.Run, memory: Any, before: gn.Array | None) -> Moment:
    twin, sample = memory._twin, memory._sample
    twin.flat_parameters[:] = run.network.flat_parameters
    twin.state = run.network.state
    update = None if before is None else twin.flat_parameters - before
    value, _ = memory._watched.run(sample.x, sample.y, seed=run.options.seed)
    loss = value - memory._watched.objective.penalty()
    return moment(loss, memory._watched.layers, twin, update, twin.predict(sample.predicted_x))


def _snapshot_of(run: gn.Run) -> Snapshot:
    network = run.network
    state = {name: np.array(array) for name, array in named_leaves(network.state).items()}
    return Snapshot(network.flat_parameters.copy(), state)
