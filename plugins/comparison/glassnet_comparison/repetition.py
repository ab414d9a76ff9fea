"""A recorded run that is trained again, from its seed."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_commands.experiment_source import requested_experiment
from glassnet_commands.recorded_training import training_settings
from glassnet_comparison.recorded_run import RecordedRun
from glassnet_persistence.folder_claim import claim
from glassnet_persistence.paths import with_written
from glassnet_persistence.repeatable import check_repeatable
from glassnet_persistence.run_files import EXPERIMENT
from glassnet_stepwise.recorded import callbacks_of, read_run

_REFERENCE = "reference"


@attrs.frozen(eq=False)
class Repetition:
    """How a run is trained again.

    Attributes
    ----------
    run
        The run.
    x, y
        The data: a split and None, or what was given.
    options
        Those of `fit`, without callbacks.
    callbacks
        Those of the run.
    """

    run: RecordedRun
    x: Any
    y: Any
    options: dict[str, Any]
    callbacks: Sequence[Any]

    def train(self, *watching: gn.Callback, folder: Path | None = None) -> gn.Network:
        """Train the network again, in the mode of the run, and return it.

        Parameters
        ----------
        watching
            Callbacks besides those of the run. They may end the training with `ReachedError`.
        folder
            Where to record it, or None.
        """
        recorded = self.run.network
        network = gn.Network(recorded.layers)
        network.build(recorded.input_shape, seed=self.options["seed"], dtype=recorded.dtype.name)
        with _mode_of(self.run), contextlib.ExitStack() as stack:
            claimed = None if folder is None else stack.enter_context(claim(folder))
            callbacks = [*self.callbacks, *watching]
            with contextlib.suppress(ReachedError):
                network.fit(self.x, self.y, **self.options, callbacks=callbacks, folder=claimed, progress=False)
        return network


class ReachedError(Exception):
    """The step to which a run was to be repeated."""


@contextlib.contextmanager
def repetition(
    run: RecordedRun, x: Any = None, y: Any = None, validation: Any = None, **weights: Any
) -> Iterator[Repetition]:
    """Give how a run is trained again; what its callbacks write goes into a folder that is removed.

    Parameters
    ----------
    run
        The run.
    x, y, validation, weights
        What `fit` was given, for a run that was started from Python.

    Raises
    ------
    OptionError
        If its data are not known, or it went on from a network that was trained before.
    """
    check_repeatable(run.path)
    began = (run.state or {}).get("began") or {}
    if began.get("steps"):
        raise gn.OptionError(
            f"the run in {run.path} went on from a network that was trained before, so its seed does not repeat it; "
            "record the first training too"
        )
    if run.experiment is None and x is None:
        raise gn.OptionError(f"the run in {run.path} does not name its data; give what fit() was given: x=…, y=…")
    with tempfile.TemporaryDirectory() as written:
        if run.experiment is not None and x is None:
            yield _of_experiment(run, Path(written))
        else:
            yield _of_fit(run, x, y, Path(written), validation=validation, **weights)


def _of_experiment(run: RecordedRun, written: Path) -> Repetition:
    experiment, data, _ = requested_experiment(str(run.path / EXPERIMENT), {})
    elsewhere = {name: _written_to(written, value) for name, value in experiment.options.items()}
    options = training_settings(experiment.replace(**elsewhere), data)
    callbacks = options.pop("callbacks")
    return Repetition(run, data.train, None, options, callbacks)


def _of_fit(run: RecordedRun, x: Any, y: Any, written: Path, **given: Any) -> Repetition:
    recorded = read_run(run.path, x, y, **given)
    options = dict(recorded.options)
    callbacks = _written_to(written, callbacks_of(options))
    options.pop("callbacks", None)
    options.pop("_began", None)
    return Repetition(run, recorded.x, recorded.y, options, callbacks)


def _written_to(folder: Path, value: Any) -> Any:
    """Return components that write files of the same names into a folder; the run has written its own already."""
    return with_written(value, lambda path: str(folder / Path(path).name))


@contextlib.contextmanager
def _mode_of(run: RecordedRun) -> Iterator[None]:
    """Compute in the reference mode within the block, if the run did."""
    if run.environment.get("mode") != _REFERENCE:
        yield
        return
    gn.use_accelerators(False)
    try:
        yield
    finally:
        gn.use_accelerators(None)
