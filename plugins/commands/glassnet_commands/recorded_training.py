"""A training from the command line: recorded in a folder, tested, and drawn."""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import glassnet as gn
from glassnet_commands import written_paths
from glassnet_commands.command_line import ANSWER_IS_NO
from glassnet_commands.data_files import as_recorded
from glassnet_commands.experiment_source import validation_of
from glassnet_commands.findings import first_findings
from glassnet_commands.interruption import Interruption
from glassnet_commands.run_header import Announcement
from glassnet_commands.run_record import RunRecord, outcome, summary
from glassnet_commands.saved_run import read_summary
from glassnet_commands.table_record import record_columns
from glassnet_commands.termination import exit_code_of, word_of
from glassnet_distributed.measuring import evaluate
from glassnet_persistence.folder_claim import Claim
from glassnet_persistence.run_files import RECORDING, SUMMARY, write_json
from glassnet_tables.sample_files import rows_of_all


@dataclass(frozen=True)
class Ended:
    """A training that has ended, by itself or not.

    Attributes
    ----------
    result
        The summary of the run.
    pictures
        Names of those that were drawn.
    exit_code
        That of the command.
    message
        What went wrong, or how the run goes on, to be printed on standard error.
    """

    result: dict[str, Any]
    pictures: list[str] = field(default_factory=list)
    exit_code: int = 0
    message: str = ""


def train_and_test(
    network: gn.Network,
    experiment: gn.Experiment,
    data: gn.Dataset,
    claimed: Claim,
    profile: bool,
    quiet: bool,
    no_plots: bool,
    allow_changes: bool = False,
    distributed: str | bool = False,
) -> Ended:
    """Train, test, and record both in the claimed folder."""
    folder = claimed.path
    started_at = perf_counter()
    try:
        besides = _profile_unless_among(experiment.callbacks) if profile else []
        history = fit_recorded(network, experiment, data, claimed, besides, quiet, allow_changes, distributed)
    except KeyboardInterrupt as stop:
        if not (folder / SUMMARY).exists():  # the run had not begun
            raise
        return _broken_off(stop, folder, is_finished=False)
    except gn.NonFiniteError as error:
        if not (folder / SUMMARY).exists():
            raise
        return _diverged(error, folder, experiment, first_findings(network, data, experiment.loss))
    seconds = perf_counter() - started_at
    gc.collect()  # a run refers to itself, and holds copies of the samples
    try:
        # A training that others do not share waits for none of them, such as one of a sweep.
        measure = evaluate if distributed else gn.Network.evaluate
        return _tested(network, experiment, data, folder, history, seconds, no_plots, measure)
    except KeyboardInterrupt as stop:
        return _broken_off(stop, folder, is_finished=not read_summary(folder / SUMMARY)["interrupted"])


def _tested(
    network: gn.Network,
    experiment: gn.Experiment,
    data: gn.Dataset,
    folder: Path,
    history: gn.History,
    seconds: float,
    no_plots: bool,
    measure: Callable[[gn.Network, gn.Split], dict[str, Any]],
) -> Ended:
    columns = record_columns(folder, data, repr(experiment.dataset))
    known = summary(folder, experiment.dataset, data, network, experiment.seed) | columns
    if (folder / RECORDING).is_file():
        known["recording"] = RECORDING  # what glassnet plot … --json reads
    try:
        test = measure(network, data.test)
    except BaseException:
        write_json(folder / SUMMARY, {**known, **outcome(len(history.epochs), seconds)})
        raise
    result = {**known, **outcome(len(history.epochs), seconds, test)}
    write_json(folder / SUMMARY, result)
    findings = first_findings(network, data, experiment.loss)
    result = {**result, "findings": findings}
    write_json(folder / SUMMARY, result)
    pictures: list[str] = []
    if not no_plots:
        # matplotlib takes longer to import than XOR takes to be learnt.
        from glassnet_commands.plots import draw_pictures

        pictures = draw_pictures(folder, history, network, data.test, data.task, data.classes)
    _tell_plugins(folder, experiment, result)
    return Ended(result, pictures)


def _tell_plugins(folder: Path, experiment: gn.Experiment, result: dict[str, Any]) -> None:
    gn.plugin_hooks().glassnet_run_recorded(folder=folder, callbacks=experiment.callbacks, summary=result)


def _broken_off(stop: KeyboardInterrupt, folder: Path, is_finished: bool) -> Ended:
    """Say what there is of a run that was interrupted, and how it goes on."""
    result = read_summary(folder / SUMMARY)
    if not is_finished:
        resume = f"glassnet train --resume {shlex.quote(str(folder))}"
        rest = f"the history and the last weights are in {folder}; continue with {resume}"
    else:
        rest = f"the run in {folder} is finished, and some of its pictures are missing"
    return Ended(result, exit_code=exit_code_of(stop), message=f"{word_of(stop)}; {rest}")


def _diverged(
    error: gn.NonFiniteError, folder: Path, experiment: gn.Experiment, findings: list[dict[str, Any]]
) -> Ended:
    """Record where a run diverged."""
    message = "\n".join([f"error: {error}", *getattr(error, "__notes__", ())])
    result = {**read_summary(folder / SUMMARY), "diverged": error.diverged, "findings": findings}
    write_json(folder / SUMMARY, result)
    _tell_plugins(folder, experiment, result)
    return Ended(result, exit_code=ANSWER_IS_NO, message=message)


def fit_recorded(
    network: gn.Network,
    experiment: gn.Experiment,
    data: gn.Dataset,
    claimed: Claim,
    besides: Sequence[gn.Callback],
    quiet: bool,
    allow_changes: bool = False,
    distributed: str | bool = False,
) -> gn.History:
    """Train, and record the run in the claimed folder; `besides` are callbacks that are not of the experiment."""
    record = RunRecord(as_written(experiment, claimed.path).to_toml(), experiment.dataset, data)
    taking_part: list[gn.Callback] = [*experiment.callbacks, record, Interruption()]
    if not quiet:
        # Of a large table, this process may have a part of the labels alone.
        is_whole = rows_of_all(data.train) == len(data.train)
        labels = data.train.y if data.task == "classification" and is_whole else None
        taking_part.append(
            Announcement(
                repr(experiment.dataset),
                rows_of_all(data.test),
                labels,
                [repr(each) for each in experiment.callbacks],
            )
        )
    settings = {**training_settings(experiment, data), "callbacks": [*taking_part, *besides]}
    # A new folder holds no state to continue from: then the run starts at its beginning.
    return network.fit(
        data.train,
        folder=claimed,
        resume_from=claimed,
        allow_changes=allow_changes,
        progress=not quiet,
        distributed=distributed,
        **settings,
    )


def as_written(experiment: gn.Experiment, folder: Path) -> gn.Experiment:
    """Return an experiment as the folder of its run has it, with paths that start from there."""
    recorded = written_paths.as_recorded(experiment, folder)
    return recorded.replace(dataset=as_recorded(experiment.dataset, folder))


def train_as_rank(network: gn.Network, experiment: gn.Experiment, data: gn.Dataset, distributed: str | bool) -> Ended:
    """Train and test together with rank 0, which records and shows it."""
    try:
        settings = {**training_settings(experiment, data), "callbacks": [*experiment.callbacks, Interruption()]}
        network.fit(data.train, distributed=distributed, **settings)
        evaluate(network, data.test)
    except KeyboardInterrupt as stop:
        return Ended({}, exit_code=exit_code_of(stop))
    except gn.NonFiniteError:
        return Ended({}, exit_code=ANSWER_IS_NO)
    return Ended({})


def training_settings(experiment: gn.Experiment, data: gn.Dataset) -> dict[str, Any]:
    """Return what `Network.fit` takes to train on these data, with the samples to validate on."""
    training = experiment.training()
    return {**training, "validation": validation_of(training, data)}


def _profile_unless_among(callbacks: Sequence[gn.Callback]) -> list[gn.Callback]:
    """Return the callback that ``--profile`` adds. It changes nothing, so it is not part of the experiment."""
    profile: gn.Callback = gn.create("callback", "profile")
    return [] if any(type(each) is type(profile) for each in callbacks) else [profile]
