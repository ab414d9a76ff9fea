"""The step that a recorded run, or a model in a file, takes on chosen samples."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_commands.experiment_source import requested_experiment
from glassnet_commands.given_dataset import given_dataset
from glassnet_commands.saved_run import Saved, open_saved
from glassnet_commands.written_paths import as_placed
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.weight_history import FollowWeight, WeightHistory, history_of
from glassnet_persistence.checkpoint import saved_state
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.run_files import EXPERIMENT

_RANGE = re.compile(r"(\d+)(?::(\d+))?")
_OF_A_STEP = ("loss", "optimizer", "regularizer", "schedule", "seed", "callbacks")


def open_run(path: Path, dataset: str | None, split: str, samples: Sequence[str]) -> tuple[Saved, gn.Split]:
    """Return a run or model and the chosen samples; see `explain_run`."""
    saved = open_saved(path)
    source = given_dataset(dataset) if dataset is not None else saved.dataset
    return saved, chosen_samples(source.load(), split, samples)


def explain_run(
    path: Path, dataset: str | None, split: str, samples: Sequence[str], given: dict[str, Any]
) -> Explanation:
    """Return the explanation of the next step of a run.

    Parameters
    ----------
    path, dataset
        The folder of a run, or a model file; and its data, by default those of the training.
    split, samples
        ``"train"``, ``"test"`` or ``"validation"``, and which samples of it: ``"3"``, ``"0:4"``.
    given
        Options of the step, such as ``loss``, that replace those of the run; None for one that is not given.

    Raises
    ------
    OptionError
        If there is no such sample or split, or a model file is given without loss and optimizer.
    """
    saved, batch = open_run(path, dataset, split, samples)
    options, state = _options_of_run(saved, given)
    settings: dict[str, Any] = {}
    if state is not None:
        # The state is that after the last step; the model may hold an average.
        saved.network.flat_parameters[:] = state["parameters"]
        settings = {"step": state["step"], "steps": max(_steps(saved, state), state["step"] + 1)}
        if given["optimizer"] is None:
            settings["optimizer_state"] = {**state["slots"], **state["scalars"]}
    missing = [name for name in ("loss", "optimizer") if options.get(name) is None]
    if missing:
        wanted = " and ".join(f"--{name}" for name in missing)
        raise gn.OptionError(f"{path} does not say how it is trained; give {wanted}")
    return gn.explain(saved.network, batch, **options, **settings)


def followed_weight(path: Path, weight: str) -> tuple[WeightHistory, str]:
    """Repeat the training of a run, and return the course of one weight, with a remark on the repetition.

    Raises
    ------
    OptionError
        If there is no such weight, or `path` is a model file.
    """
    if not path.is_dir():
        raise gn.OptionError(f"{path} is a model file, which has no training to follow; give the folder of a run")
    experiment, data, from_file = requested_experiment(str(path / EXPERIMENT), {}, None, None)
    steps: list[dict[str, float]] = []
    network = gn.Network(experiment.layers)
    network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
    parse_element(weight, network.parameters)
    with tempfile.TemporaryDirectory() as folder:
        # What the run's components write is written already.
        placed = as_placed(experiment, Path(folder), from_file, anywhere=False)
        training = placed.training()
        settings = {
            **training,
            "callbacks": [*placed.callbacks, FollowWeight(weight, steps)],
            "validation": training["validation"] or data.validation,
        }
        network.fit(data.train, progress=False, **settings)
    return history_of(weight, steps), _remark(network, path, len(steps))


def _remark(network: gn.Network, path: Path, steps: int) -> str:
    recorded = open_saved(path).network.flat_parameters
    is_same = np.array_equal(network.flat_parameters, recorded)
    told = "It ends with the recorded network." if is_same else "It ends with another network than the recorded one."
    return f"The training was repeated, {steps:,} steps. {told}"


def chosen_samples(data: gn.Dataset, split: str, samples: Sequence[str]) -> gn.Split:
    """Return some samples of a part of a dataset."""
    part: gn.Split | None = getattr(data, split)
    if part is None:
        raise gn.OptionError(f"the dataset has no {split} samples; choose --split train or --split test")
    numbers: list[int] = []
    for text in samples:
        found = _RANGE.fullmatch(text)
        if found is None:
            raise gn.OptionError(f"--sample takes a number or a range such as 0:4, got {text!r}; samples count from 0")
        start = int(found[1])
        numbers += range(start, start + 1 if found[2] is None else int(found[2]))
    outside = [number for number in numbers if number >= len(part)]
    if outside or not numbers:
        told = outside[0] if outside else ", ".join(samples)
        raise gn.OptionError(f"there is no sample {told} in {len(part):,} {split} samples; they count from 0")
    chosen: gn.Split = part[np.array(numbers)]
    return chosen


def _options_of_run(saved: Saved, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the options of a step, and the state of the run or None."""
    options: dict[str, Any] = {}
    state = None
    if saved.path.is_dir():
        experiment = load_experiment(saved.path / EXPERIMENT)
        options = {name: experiment[name] for name in _OF_A_STEP if name in experiment}
        state = saved_state(saved.path)
    options.update({name: value for name, value in given.items() if value is not None})
    return options, state


def _steps(saved: Saved, state: dict[str, Any]) -> int:
    """Return the number of steps of the whole run."""
    step, epoch = int(state["step"]), int(state["epoch"])
    is_between = epoch and not state["batch_in_epoch"]
    return int(state["epochs"]) * step // epoch if is_between else step
