"""The state of a run: everything that it carries between two steps, as arrays and plain values.

Random numbers need no state: each stream is found again by its name and its count (see `randomness`).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.errors import OptionError, ResumeError
from glassnet.experiment import as_plain
from glassnet.inputs import Inputs

if TYPE_CHECKING:
    from glassnet.metric import Metric
    from glassnet.run import Run

RunState = dict[str, Any]
"""Names to arrays, plain values (numbers, text, None), and lists and dictionaries of these."""

# What must be the same for a continued run to be the same run. Epochs may be added.
_IDENTITY = ("loss", "optimizer", "batch_size", "metrics", "regularizer", "schedule", "seed")


def state_of(run: Run) -> RunState:
    """Return a copy of what the run carries, between two steps."""
    network = run.network
    return {
        "training": _identity(run),
        "computed_with": run.computed_with,
        "data": run.data.identity,
        "inputs": attrs.asdict(network.inputs) if network.inputs is not None else None,
        "epoch": run.epoch,
        "step": run.step,
        "batch_in_epoch": run.batch_in_epoch,
        "total_loss": run.total_loss,
        "total_weight": run.total_weight,
        "batch_loss": run.batch_loss,
        "lr_scale": run.lr_scale,
        "logs": dict(run.logs),
        "history": run.history.epochs,
        "parameters": (network.vector if run.last_vector is None else run.last_vector).copy(),
        "layers": _copied(network.state, "a layer's state"),
        "slots": _copied(run.stepper.slots, "optimizer"),
        "scalars": _copied(run.stepper.scalars, "optimizer"),
        "metrics": {name: _copied(_totals(metric), name) for name, metric in run.metrics.items()},
        "memories": {
            name: _copied(carried, name) for name, memory in _memories(run).items() if (carried := _carried(memory))
        },
    }


def restore(run: Run, state: RunState) -> None:
    """Put a run where another one was when its `state_of` was taken."""
    network = run.network
    for name in ("epoch", "step", "batch_in_epoch", "total_loss", "total_weight", "batch_loss", "lr_scale"):
        setattr(run, name, state[name])
    run.logs = dict(state["logs"])
    for epoch in state["history"]:
        run.history.append(epoch)
    network.vector[:] = state["parameters"]
    network.set_state(state["layers"])
    if (inputs := state.get("inputs")) is not None:  # checkpoints of 0.1.0 do not have it
        network.inputs = Inputs(**inputs)
    for mine, theirs in ((run.stepper.slots, state["slots"]), (run.stepper.scalars, state["scalars"])):
        for name, array in mine.items():
            array[:] = theirs[name]
    for name, metric in run.metrics.items():
        vars(metric).update(_copied(state["metrics"][name], name))
    for name, memory in _memories(run).items():
        vars(memory).update(_copied(state["memories"].get(name, {}), name))


def _identity(run: Run) -> dict[str, Any]:
    plain = as_plain(run.options)
    return {"layers": [repr(layer) for layer in run.network.layers], **{k: plain.get(k) for k in _IDENTITY}}


def check_same_run(run: Run, state: RunState) -> None:
    """Refuse to continue a run as another.

    Raises
    ------
    ResumeError
        When the state is of a run with other data, another network or other options.
    """
    mine = {**_identity(run), **run.data.identity}
    theirs = {**state["training"], **state["data"]}
    for name in {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            raise ResumeError(
                f"the saved run has {name}={theirs.get(name)!r}, and this one {mine.get(name)!r}; "
                "continue it with what it was started with, or start a new run"
            )


def _memories(run: Run) -> dict[str, SimpleNamespace]:
    """Return the components' memories under names that are the same in a run that is continued."""
    named: dict[str, SimpleNamespace] = {}
    for component in run.participants:
        name, number = repr(component), 2
        while name in named:
            name, number = f"{component!r} {number}", number + 1
        named[name] = run.memory(component)
    return named


def _carried(memory: SimpleNamespace) -> dict[str, Any]:
    return {name: value for name, value in vars(memory).items() if not name.startswith("_")}


def _totals(metric: Metric) -> dict[str, Any]:
    return {name: value for name, value in vars(metric).items() if name not in metric.options}


def _copied(value: Any, owner: str) -> Any:
    """Return a copy in which nothing is shared with `value`; refuse what is neither array nor plain."""
    if value is None or (isinstance(value, (bool, int, float, str)) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return np.array(value)
    if isinstance(value, (list, tuple)):
        return [_copied(each, owner) for each in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _copied(each, owner) for name, each in value.items()}
    raise OptionError(
        f"{owner} carries {value!r}, which is neither an array nor a plain value, so the run cannot be saved; "
        "keep it under a name with a leading underscore if a continued run can make it anew"
    )
