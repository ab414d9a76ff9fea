"""The training that ``glassnet train`` was asked for, from the request to its end."""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet_commands.dry_run import dry_run, dry_run_as_rank
from glassnet_commands.echoed import echo
from glassnet_commands.experiment_source import requested_experiment
from glassnet_commands.folds import Validation, cross_validate, help_to_validate
from glassnet_commands.recorded_training import Ended, as_written, train_and_test, train_as_rank
from glassnet_commands.resumed import finished_result, resumed_folder
from glassnet_commands.run_directory import claimed_folder, run_name
from glassnet_commands.termination import exit_code_of, word_of
from glassnet_commands.written_paths import as_placed
from glassnet_distributed.launcher import launched_rank
from glassnet_distributed.measuring import check
from glassnet_distributed.mpi_communicator import communicator
from glassnet_persistence.folder_claim import Claim
from glassnet_persistence.run_files import EXPERIMENT


@dataclass(frozen=True)
class Request:
    """The options of ``glassnet train``.

    Attributes
    ----------
    what, resume
        A dataset or a file, or the folder of a run that is continued.
    settings, of_table, lr
        Options of the experiment, of its table, and the step size, which replace those of the recipe or the file.
    folds, out, dry_run, record, profile, quiet, no_plots, allow_changes, allow_outside
        As on the command line.
    distributed
        Whether the ranks that a launcher started share the training, or the compression of their gradients.
    """

    what: str | None
    resume: Path | None
    out: Path | None
    settings: dict[str, Any]
    of_table: dict[str, Any]
    lr: float | None
    folds: Validation | None
    dry_run: bool
    record: bool
    profile: bool
    quiet: bool
    no_plots: bool
    allow_changes: bool
    allow_outside: bool
    distributed: str | bool = False


def train_as_requested(request: Request) -> Ended:
    """Train, unless the run that is to be resumed is finished, or the training is to be checked alone."""
    resume = request.resume
    is_first = launched_rank() == 0
    with resumed_folder(resume) if resume is not None and is_first else contextlib.nullcontext() as resumed:
        # The file itself: the name of a run's folder may be that of a dataset.
        experiment, data, from_file = requested_experiment(
            str(request.what if resume is None else resume / EXPERIMENT), request.settings, request.of_table,
            request.lr, communicator(),
        )  # fmt: skip
        is_unchanged = request.lr is None and not request.of_table
        if resume is not None and is_unchanged and (result := finished_result(resume, request.settings)):
            done = f"{resume} is finished after {result['epochs']} epochs"
            echo(f"{done}; to train on, give --epochs with a larger number", err=True)
            return Ended(result)
        network = gn.Network(experiment.layers)
        network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
        # Better now than after the training.
        check(network, data.test, experiment.loss, "test ")
        if request.folds is not None:
            request.folds.check(experiment.dataset)
        if not is_first:
            if request.folds is not None:
                help_to_validate(experiment, request.folds)
            take_part = dry_run_as_rank if request.dry_run else train_as_rank
            return take_part(network, experiment, data, request.distributed)
        if request.dry_run:
            return dry_run(
                network, experiment, data, request.out, from_file,
                request.allow_outside, request.quiet, request.distributed,
            )  # fmt: skip
        name = run_name(experiment.dataset)
        with claimed_folder(request.out, name) if resumed is None else contextlib.nullcontext(resumed) as claimed:
            experiment = as_placed(experiment, claimed.path, from_file, request.allow_outside)
            return _validated_and_trained(network, experiment, data, claimed, request)


def _validated_and_trained(
    network: gn.Network, experiment: gn.Experiment, data: gn.Dataset, claimed: Claim, request: Request
) -> Ended:
    """Train in a folder, after the folds of a cross-validation if one is asked for."""
    folder, trained = claimed.path, _recorded(experiment) if request.record else experiment
    validated = None
    if request.folds is not None:

        def write_experiment() -> None:
            """Make a run of the folder, so that folds that are broken off can be continued."""
            if not (folder / EXPERIMENT).exists():
                gn.atomic_write(folder / EXPERIMENT, as_written(trained, folder).to_toml().encode())

        try:
            validated = cross_validate(experiment, request.folds, folder, request.quiet, write_experiment)
        except KeyboardInterrupt as stop:
            if not (folder / EXPERIMENT).exists():
                raise
            return _broken_off(stop, request.folds, folder)
    ended = train_and_test(
        network, trained, data, claimed, request.profile, request.quiet, request.no_plots,
        request.allow_changes, request.distributed,
    )  # fmt: skip
    return ended if validated is None else validated.recorded(ended, folder)


def _recorded(experiment: gn.Experiment) -> gn.Experiment:
    """Return an experiment with the callback that ``--record`` adds. It is part of it: a repeated run records too."""
    record: gn.Callback = gn.create("callback", "record")
    is_listed = any(type(each) is type(record) for each in experiment.callbacks)
    return experiment if is_listed else experiment.replace(callbacks=[*experiment.callbacks, record])


def _broken_off(stop: KeyboardInterrupt, wanted: Validation, folder: Path) -> Ended:
    """Say how a cross-validation goes on that was interrupted."""
    resume = f"glassnet train --resume {shlex.quote(str(folder))} --folds {wanted.count}"
    message = f"{word_of(stop)}; the folds so far are in {folder}; continue with {resume}"
    return Ended({}, exit_code=exit_code_of(stop), message=message)
