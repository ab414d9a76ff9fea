"""A run that a program started from Python: its options are in its state, and the command line names its data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.training.loop import train
from glassnet_commands.explained_run import set_elements
from glassnet_commands.given_dataset import given_dataset
from glassnet_explanations.explanation import Explanation
from glassnet_stepwise.recorded import callbacks_of, read_run
from glassnet_stepwise.unstarted_run import new_run


def explain_step_of_script(
    path: Path, dataset: str | None, step: int, given: dict[str, Any], changes: Sequence[str] = ()
) -> Explanation:
    """Train a run again up to a step, and explain that step on its own batch; see `explain_step` for parameters.

    `dataset` names what the run was trained on.
    """
    then = gn.replay(path, step, _training_data(path, dataset))
    set_elements(then.network, changes)
    explanation: Explanation = then.explain(**{name: value for name, value in given.items() if value is not None})
    return explanation


def repeat_script(path: Path, dataset: str | None, callback: gn.Callback) -> gn.Network:
    """Train as a run did, with one more callback, and return the network; nothing is recorded."""
    recorded = read_run(path, _training_data(path, dataset), None)
    options = dict(recorded.options)
    if options.pop("_began", 0):
        raise gn.OptionError(
            f"the run in {path} went on from a network that was trained before, so it cannot be repeated; "
            "record the first training too"
        )
    network = recorded.fresh_network()
    options = {"progress": False, **options, "callbacks": [*callbacks_of(options), callback]}
    train(new_run(network, recorded.x, recorded.y, options))
    return network


def _training_data(path: Path, dataset: str | None) -> gn.Split:
    if dataset is None:
        raise gn.OptionError(
            f"the run in {path} was started from Python and does not name its data; name the dataset behind the run"
        )
    return given_dataset(dataset).load().train
