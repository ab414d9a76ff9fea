"""The step that a recorded run, or a model in a file, takes on chosen samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_commands.evaluate import test_data
from glassnet_commands.given_dataset import given_dataset
from glassnet_commands.saved_run import Saved, open_saved
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.explanation import Explanation
from glassnet_persistence.checkpoint import saved_state
from glassnet_persistence.experiment import load_experiment
from glassnet_persistence.fingerprint import recorded_class_weights
from glassnet_persistence.run_files import EXPERIMENT, FAULT

_RANGE = re.compile(r"(\d+)(?::(\d+))?")
_OF_A_STEP = ("loss", "optimizer", "regularizer", "schedule", "seed", "callbacks")


def open_run(path: Path, dataset: str | None, split: str, samples: Sequence[str]) -> tuple[Saved, gn.Split]:
    """Return a run or model and the chosen samples; see `explain_run`."""
    saved = open_saved(path)
    if dataset is None:
        data = saved.load_data()
    elif saved.network.preprocessing is not None:  # all rows or images, transformed as in the training
        _, part = test_data(saved, dataset, None)
        data = gn.Dataset(train=part, test=part)
    else:
        data = given_dataset(dataset).load()
    return saved, chosen_samples(data, split, samples)


def explain_run(
    path: Path,
    dataset: str | None,
    split: str,
    samples: Sequence[str],
    given: dict[str, Any],
    changes: Sequence[str] = (),
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
    changes
        Values of weights, as in ``1.weights[3,7]=0.5``.

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
        settings["lr_scale"] = state["lr_scale"]
        # The weights of the run: "balanced" would be by the classes of these samples.
        settings["class_weight"] = recorded_class_weights(state.get("contents") or {})
        if given["optimizer"] is None:
            settings["optimizer_state"] = {**state["slots"], **state["scalars"]}
    set_elements(saved.network, changes)
    missing = [name for name in ("loss", "optimizer") if options.get(name) is None]
    if missing:
        wanted = " and ".join(f"--{name}" for name in missing)
        raise gn.OptionError(f"{path} does not say how it is trained; give {wanted}{_of_fault(path)}")
    return gn.explain(saved.network, batch, **options, **settings)


def _of_fault(path: Path) -> str:
    return f", or glassnet replay {path} for the step in which it diverged" if (path / FAULT).exists() else ""


def set_elements(network: gn.Network, changes: Sequence[str]) -> None:
    """Change elements of the parameters, each as in ``1.weights[3,7]=0.5``.

    Raises
    ------
    OptionError
        If there is no such element, or the value is not a number.
    """
    for change in changes:
        name, _, text = change.partition("=")
        array, index = parse_element(name, network.parameters)
        try:
            value = float(text)
        except ValueError:
            raise gn.OptionError(
                f"--set takes a weight and its value, got {change!r}; write 1.weights[3,7]=0.5"
            ) from None
        network.parameters[array].flat[index] = value


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
        state = saved_state(saved.path)
        is_of_command = (saved.path / EXPERIMENT).exists()
        # A run that was started from Python has its options in its state.
        said: Mapping[str, Any] = (
            load_experiment(saved.path / EXPERIMENT) if is_of_command else (state or {}).get("training", {})
        )
        options = {name: said[name] for name in _OF_A_STEP if name in said}
    options.update({name: value for name, value in given.items() if value is not None})
    return options, state


def _steps(saved: Saved, state: dict[str, Any]) -> int:
    """Return the number of steps of the whole run."""
    step, epoch = int(state["step"]), int(state["epoch"])
    is_between = epoch and not state["batch_in_epoch"]
    return int(state["epochs"]) * step // epoch if is_between else step
