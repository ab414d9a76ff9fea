"""A run on disk, or a dataset with its recipe, as what plots look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet.registry.registry import registry
from glassnet_commands.examined_run import read_history, read_record
from glassnet_commands.experiment_source import requested_experiment
from glassnet_commands.saved_run import open_saved
from glassnet_persistence.run_files import EXPERIMENT, HISTORY, MODEL, RECORD, RECORDING
from glassnet_plots.recording.recording import Recording
from glassnet_plots.recording.repeated import record_again
from glassnet_plots.subject import Subject


def open_subject(what: Path, repeat: bool = False) -> Subject:
    """Return a run, or an untrained network of a dataset's recipe or of an experiment file.

    Parameters
    ----------
    what
        The folder of a run, a dataset, or an experiment file; or a model file, which has no data.
    repeat
        Whether a run without a recording is trained again to make one, which its folder keeps.

    Raises
    ------
    GlassnetError
        If there is no such run or dataset, or a file in the folder is damaged.
    """
    if what.is_file() and registry.has("format", what.suffix.removeprefix(".")):
        return Subject(gn.load(what))
    if not (what / MODEL).is_file():
        return _untrained(what)
    if not (what / EXPERIMENT).is_file():
        raise gn.OptionError(
            f"{what} does not name its data; give what fit() was given: gn.plot(kind, {str(what)!r}, x, y)"
        )
    saved = open_saved(what)
    experiment, data, _ = requested_experiment(str(what / EXPERIMENT), {})
    if repeat and not (what / RECORDING).is_file():
        record_again(what)
    return Subject(
        saved.network,
        data.train,
        data.test,
        experiment.loss,
        tuple(saved.classes),
        history=read_history(what / HISTORY),
        options=_options(experiment),
        folder=what,
        recording=_recording(what),
        record=read_record(what / RECORD, experiment),
    )


def recorded_in(folder: Path, subject: Subject) -> Subject:
    """Return a subject with what ``fit(folder=…)`` recorded: figures of the epochs, and the recording.

    Raises
    ------
    FileError, ModelFileError
        If a file in the folder is damaged.
    """
    return attrs.evolve(
        subject,
        folder=folder,
        history=read_history(folder / HISTORY) if (folder / HISTORY).is_file() else {},
        recording=_recording(folder),
        record=read_record(folder / RECORD, None),
    )


def _recording(folder: Path) -> Recording | None:
    return Recording.load(folder / RECORDING) if (folder / RECORDING).is_file() else None


def _untrained(what: Path) -> Subject:
    experiment, data, _ = requested_experiment(str(what), {})
    network = gn.Network(experiment.layers)
    network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
    classes, options = tuple(data.classes), _options(experiment)
    return Subject(network, data.train, data.test, experiment.loss, classes, options=options)


def _options(experiment: gn.Experiment) -> dict[str, Any]:
    return experiment.training()
