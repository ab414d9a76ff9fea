"""The state of a run: everything that it carries between two steps, as arrays and plain values.

Random numbers need no state: each stream is found again by its name and its count (see `support.random`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ModelFileError, OptionError, ResumeError
from glassnet.support.random import Counts
from glassnet.types import Array
from glassnet_persistence.saved_inputs import as_saved, restored_inputs

if TYPE_CHECKING:
    from glassnet.components.metric import Metric
    from glassnet.training.run import Run

RunState = dict[str, Any]
"""Names to arrays, plain values (numbers, text, None), and lists and dictionaries of these."""


def state_of(run: Run) -> RunState:
    """Return a copy of what the run carries, between two steps."""
    network = run.network
    return {
        "epochs": run.epochs,
        "began": {"epochs": run.began.epochs, "steps": run.began.steps},
        "data": run.data.identity,
        "inputs": as_saved(network.inputs),
        "epoch": run.epoch,
        "step": run.step,
        "batch_in_epoch": run.batch_in_epoch,
        "total_loss": run.total_loss,
        "total_weight": run.total_weight,
        "batch_loss": run.batch_loss,
        "lr_scale": run.lr_scale,
        "logs": dict(run.logs),
        "reported": dict(run.reported),
        "history": run.history.epochs,
        "parameters": (network.flat_parameters if run.last_vector is None else run.last_vector).copy(),
        "layers": _copied(network.state, "a layer's state"),
        "slots": _copied(run.bound_optimizer.slots, "optimizer"),
        "scalars": _copied(run.bound_optimizer.scalars, "optimizer"),
        "metrics": {name: _copied(_totals(metric), name) for name, metric in run.metrics.items()},
        "memories": {
            name: _copied(carried, name) for name, memory in memories_of(run).items() if (carried := _carried(memory))
        },
    }


def restore(run: Run, state: RunState) -> None:
    """Put a run where another one was when its `state_of` was taken."""
    network = run.network
    run.epoch, run.step, run.batch_in_epoch = state["epoch"], state["step"], state["batch_in_epoch"]
    run.total_loss, run.total_weight = state["total_loss"], state["total_weight"]
    run.batch_loss, run.lr_scale = state["batch_loss"], state["lr_scale"]
    run.logs = dict(state["logs"])
    run.reported = dict(state.get("reported") or {})  # older checkpoints do not have it
    began = state.get("began") or {}
    run.began = Counts(began.get("epochs", 0), began.get("steps", 0))
    network.counts.epochs = run.began.epochs + run.epoch + (run.batch_in_epoch > 0)
    network.counts.steps = run.began.steps + run.step
    for epoch in state["history"]:
        run.history.append(epoch)
    copy_into(network.flat_parameters, state["parameters"], "parameters")
    _copy_tree(network.state, state["layers"], "layers")
    if (inputs := state.get("inputs")) is not None:  # checkpoints of 0.1.0 do not have it
        network.inputs = restored_inputs(inputs, "the checkpoint", "start the run anew")
    for what, mine in (("slots", run.bound_optimizer.slots), ("scalars", run.bound_optimizer.scalars)):
        for name, array in mine.items():
            copy_into(array, state[what].get(name), f"{what}/{name}")
    for name, metric in run.metrics.items():
        _put_into(metric, state["metrics"].get(name, {}), name)
    for name, memory in memories_of(run).items():
        if _carried(memory) and name not in state["memories"]:
            if run.config.allow_changes:
                continue
            raise ResumeError(
                f"the saved run has no {name}, and this one has {name}; continue it with what it was started with, "
                "or start a new run"
            )
        _put_into(memory, state["memories"].get(name, {}), name)


def check_place(run: Run) -> None:
    """Raise `ModelFileError` if a continued run is behind the last batch of its epoch."""
    steps = run.steps_per_epoch
    if steps is not None and run.batch_in_epoch > steps and not run.config.allow_changes:
        raise ModelFileError(
            f"the checkpoint is damaged: it is behind batch {run.batch_in_epoch} of an epoch of {steps} batches; "
            "start the run anew"
        )


def _put_into(carrier: Any, saved: dict[str, Any], owner: str) -> None:
    """Give a metric or a memory its saved values, each of the kind of the value that it has now.

    Raises
    ------
    ModelFileError
        If a saved value is of another kind, or would hide a method.
    """
    if hidden := [name for name in saved if callable(getattr(type(carrier), name, None))]:
        raise ModelFileError(
            f"the checkpoint is damaged: {hidden[0]} of {owner} is a method, and no value; start the run anew"
        )
    for name, now in vars(carrier).items():
        if name in saved and now is not None and _kind_of(saved[name]) is not _kind_of(now):
            raise ModelFileError(
                f"the checkpoint is damaged: {name} of {owner} is {saved[name]!r}, where {now!r} was expected; "
                "start the run anew"
            )
    vars(carrier).update(_copied(saved, owner))


def _kind_of(value: Any) -> type:
    """Return what a carried value may be exchanged with: a total begins as 0 and may become an array."""
    if isinstance(value, (int, float, np.ndarray, np.generic)) and not isinstance(value, bool):
        return np.ndarray
    return list if isinstance(value, tuple) else type(value)


def _copy_tree(mine: Mapping[str, Any], saved: Any, path: str) -> None:
    """Copy nested arrays into those of the same names; see `copy_into`."""
    for name, below in mine.items():
        found = saved.get(name) if isinstance(saved, dict) else None
        if isinstance(below, Mapping):
            _copy_tree(below, found, f"{path}/{name}")
        else:
            copy_into(below, found, f"{path}/{name}")


def copy_into(mine: Array, saved: Any, name: str) -> None:
    """Copy a saved array into one of the same shape.

    Raises
    ------
    ModelFileError
        If the saved one is not an array, or has another shape or element type.
    """
    if not isinstance(saved, np.ndarray) or (saved.shape, saved.dtype) != (mine.shape, mine.dtype):
        found = f"{saved.dtype} {saved.shape}" if isinstance(saved, np.ndarray) else repr(saved)
        raise ModelFileError(
            f"the checkpoint holds {name} as {found}, and the run needs {mine.dtype} {mine.shape}; "
            "continue it with what it was started with, or start the run anew"
        )
    mine[...] = saved


def memories_of(run: Run) -> dict[str, SimpleNamespace]:
    """Return the components' memories under names that are the same in a run that is continued."""
    named: dict[str, SimpleNamespace] = {}
    for component in run.components:
        name, number = repr(component), 2
        while name in named:
            name, number = f"{component!r} {number}", number + 1
        named[name] = run.state_of(component)
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
