"""A recorded training, repeated: to follow a weight, or to stop before a step and look at it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_commands.experiment_source import requested_experiment, validation_of
from glassnet_commands.explained_run import set_elements
from glassnet_commands.saved_run import open_saved
from glassnet_commands.script_run import explain_step_of_script, repeat_script
from glassnet_commands.written_paths import as_placed
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.explanation import Explanation
from glassnet_explanations.weight_history import FollowWeight, WeightHistory, history_of
from glassnet_persistence.repeatable import check_repeatable
from glassnet_persistence.run_files import EXPERIMENT
from glassnet_tables.table_cells import batch_of


class _ReachedError(Exception):
    """The step that a training was repeated for."""


class _StopBefore(gn.Callback):
    """Ends a training before one of its steps, and keeps the arguments that explain that step."""

    step: int = gn.option(help="number of steps before it")
    found: Any = gn.option(help="a dictionary that gets them")

    @gn.run_hookimpl(tryfirst=True)
    def on_batch_start(self, run: gn.Run) -> None:
        # First: another callback may change the batch, and does so in the explanation again.
        if run.step == self.step:
            bound, (x, y) = run.bound_optimizer, run.batch
            state = {name: array.copy() for name, array in {**bound.slots, **bound.scalars}.items()}
            weights = None if run.sample_weights is None else run.sample_weights.copy()
            self.found.update(x=x.copy(), y=y.copy(), sample_weight=weights, optimizer_state=state)
            self.found.update(steps=run.total_steps, lr_scale=run.lr_scale)
            raise _ReachedError


def explain_step(
    path: Path, dataset: str | None, step: int, given: dict[str, Any], changes: Sequence[str] = ()
) -> Explanation:
    """Repeat the training of a run up to a step, and explain that step on its own batch.

    Parameters
    ----------
    path, dataset, step
        The folder of the run; its data, if it was started from Python; and the number of steps before the step.
    given
        Options that replace those of the run in this step; None for one that is not given.
    changes
        Values of weights, as in ``1.weights[3,7]=0.5``.

    Raises
    ------
    OptionError
        If the run has no such step, or `path` is a model file.
    """
    if is_of_script(path):
        return explain_step_of_script(path, dataset, step, given, changes)
    found: dict[str, Any] = {}
    network, experiment, train = repeat_training(path, _StopBefore(step, found))
    if not found:
        raise gn.OptionError(f"the training in {path} has no step {step}; they count from 0")
    # The random numbers of the step are found by its number.
    network.counts.steps = 0
    set_elements(network, changes)
    options = {name: getattr(experiment, name) for name in ("loss", "optimizer", "regularizer", "schedule", "seed")}
    options |= {
        "callbacks": experiment.callbacks,
        **{name: value for name, value in given.items() if value is not None},
    }
    if given["optimizer"] is not None:
        del found["optimizer_state"]
    batch = batch_of(train, found.pop("x"), found.pop("y"))
    return gn.explain(network, batch, step=step, **options, **found)


def followed_weight(path: Path, dataset: str | None, weight: str) -> tuple[WeightHistory, str]:
    """Repeat the training of a run, and return the course of one weight, with a remark on the repetition.

    Raises
    ------
    OptionError
        If there is no such weight, or `path` is a model file.
    """
    parse_element(weight, open_saved(path).network.parameters)
    steps: list[dict[str, float]] = []
    follow = FollowWeight(weight, steps)
    network = repeat_script(path, dataset, follow) if is_of_script(path) else repeat_training(path, follow)[0]
    recorded = open_saved(path).network.flat_parameters
    is_same = np.array_equal(network.flat_parameters, recorded)
    told = "It ends with the recorded network." if is_same else "It ends with another network than the recorded one."
    return history_of(weight, steps), f"The training was repeated, {len(steps):,} steps. {told}"


def is_of_script(path: Path) -> bool:
    """Tell whether a run was started from Python."""
    return path.is_dir() and not (path / EXPERIMENT).exists()


def repeat_training(path: Path, callback: gn.Callback) -> tuple[gn.Network, gn.Experiment, gn.Split]:
    """Train as a run did, with one more callback, and return the network and its training; nothing is recorded."""
    if not path.exists():
        raise gn.FileError(f"the run {path} does not exist; check the path")
    if not path.is_dir():
        raise gn.OptionError(f"{path} is a model file, which has no training to follow; give the folder of a run")
    check_repeatable(path)
    experiment, data, from_file = requested_experiment(str(path / EXPERIMENT), {}, None, None)
    network = gn.Network(experiment.layers)
    network.build(data.train.x.shape[1:], seed=experiment.seed, dtype=experiment.dtype)
    with tempfile.TemporaryDirectory() as folder:
        # What the run's components write is written already.
        placed = as_placed(experiment, Path(folder), from_file, anywhere=False)
        training = placed.training()
        training["callbacks"] = [*placed.callbacks, callback]
        training["validation"] = validation_of(training, data)
        with contextlib.suppress(_ReachedError):
            network.fit(data.train, progress=False, **training)
    return network, experiment, data.train
