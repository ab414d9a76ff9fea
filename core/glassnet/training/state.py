"""The state of a run: everything that it carries between two steps, as arrays and plain values.

Random numbers need no state: each stream is found again by its name and its count (see `randomness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from glassnet.data.inputs import Inputs
from glassnet.errors import OptionError, ResumeError, warn
from glassnet.model.sharing import shared_layers
from glassnet.registry.registry import registry
from glassnet.support.random import Counts
from glassnet.training.config import as_plain
from glassnet_persistence.state_schema import copy_into

if TYPE_CHECKING:
    from glassnet.components.metric import Metric
    from glassnet.training.run import Run

RunState = dict[str, Any]
"""Names to arrays, plain values (numbers, text, None), and lists and dictionaries of these."""

# What must be the same for a continued run to be the same run. Epochs may be added, if nothing depends on their number.
_IDENTITY = ("loss", "optimizer", "batch_size", "metrics", "regularizer", "schedule", "seed", "validation")
# A callback that implements one of these changes what is trained.
_HOOKS_THAT_CHANGE = ("train_step", "on_after_backward", "should_stop")


def state_of(run: Run) -> RunState:
    """Return a copy of what the run carries, between two steps."""
    network = run.network
    return {
        "training": _identity(run),
        "contents": run.contents,
        "epochs": run.epochs,
        "began": {"epochs": run.began.epochs, "steps": run.began.steps},
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
        "changes": run.changes,
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
    run.began = Counts(**state.get("began", {}))
    network.counts.epochs = run.began.epochs + run.epoch + (run.batch_in_epoch > 0)
    network.counts.steps = run.began.steps + run.step
    for epoch in state["history"]:
        run.history.append(epoch)
    copy_into(network.vector, state["parameters"], "parameters")
    _copy_tree(network.state, state["layers"], "layers")
    if (inputs := state.get("inputs")) is not None:  # checkpoints of 0.1.0 do not have it
        network.inputs = Inputs(**inputs)
    for what, mine in (("slots", run.stepper.slots), ("scalars", run.stepper.scalars)):
        for name, array in mine.items():
            copy_into(array, state[what].get(name), f"{what}/{name}")
    for name, metric in run.metrics.items():
        vars(metric).update(_copied(state["metrics"].get(name, {}), name))
    for name, memory in _memories(run).items():
        if _carried(memory) and name not in state["memories"]:
            if run.changes:
                continue
            raise ResumeError(
                f"the saved run has no {name}, and this one has {name}; continue it with what it was started with, "
                "or start a new run"
            )
        vars(memory).update(_copied(state["memories"].get(name, {}), name))


def _copy_tree(mine: Mapping[str, Any], saved: Any, path: str) -> None:
    """Copy nested arrays into those of the same names; see `copy_into`."""
    for name, below in mine.items():
        found = saved.get(name) if isinstance(saved, dict) else None
        if isinstance(below, Mapping):
            _copy_tree(below, found, f"{path}/{name}")
        else:
            copy_into(below, found, f"{path}/{name}")


def _identity(run: Run) -> dict[str, Any]:
    """Return what makes a run the one that it is, as plain values."""
    plain = as_plain(run.options)
    changing = run.hooks.implementing(*_HOOKS_THAT_CHANGE)
    # This hook may replace the batch. A callback of a script may also use it to break the run off.
    changing += [each for each in run.hooks.implementing("on_batch_start") if registry.entry_of(type(each))]
    return {
        "layers": [repr(layer) for layer in run.network.layers],
        "shared layers": [list(each.places) for each in shared_layers(run.network.layers)],
        "dtype": run.network.dtype.name,
        **{name: plain.get(name) for name in _IDENTITY},
        "callbacks": [repr(each) for each in run.options.callbacks if each in changing],
    }


def check_same_run(run: Run, state: RunState, allow_changes: bool = False) -> None:
    """Compare a run with the saved one that it is to continue: data, network, options, and what rounding depends on.

    Parameters
    ----------
    run, state
        The run, and what was saved.
    allow_changes
        Whether differences are recorded in ``run.changes`` instead of being an error.

    Raises
    ------
    ResumeError
        If there is a difference, and changes are not allowed.

    Warns
    -----
    GlassnetWarning
        If the state was saved by an older version, which noted less of what a run was started with.
    """
    found = list(_differences(run, state))
    if found and not allow_changes:
        raise ResumeError(
            f"the saved run has {'; it has '.join(found)}; continue it with what it was started with, start a new run, "
            "or allow the changes: allow_changes=True, --allow-changes"
        )
    if "contents" not in state:
        problem = "the saved run is of an older glassnet, which noted neither data nor callbacks"
        warn(f"{problem}; see that they are the same as then")
    run.changes = list(state.get("changes", ()))
    if found:
        run.changes.append({"epoch": state["epoch"], "step": state["step"], "differences": found})


def _differences(run: Run, state: RunState) -> Iterator[str]:
    """Iterate over what a saved run has and this one does not, in words."""
    mine = {**_identity(run), **run.data.identity}
    theirs = {**state["training"], **state["data"]}
    is_old = "contents" not in state
    for name in theirs if is_old else {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            yield f"{name}={theirs.get(name)!r}, and this one {mine.get(name)!r}"
    computed_with, saved_with = run.computed_with, state["computed_with"]
    for name in ("accelerators", "numpy", "blas", "instructions"):
        if name in saved_with and saved_with[name] != computed_with[name]:
            yield f"{name}={saved_with[name]!r}, and this one {computed_with[name]!r}"
    if is_old:
        return
    for name, fingerprint in run.contents.items():  # a run that was not started by `fit` has none
        saved = state["contents"].get(name, fingerprint)
        if saved != fingerprint:
            yield _DIFFERENCES[saved is None, fingerprint is None].format(name=name)
    memories = _memories(run)
    for name in state["memories"]:
        if name not in memories:
            yield f"{name}, and this one does not"
    if run.epochs != state["epochs"]:
        yield from _differences_by_length(run, state["epochs"])


# By whether the saved run had none, and whether this one has none.
_DIFFERENCES = {
    (False, False): "another {name} than this one",
    (True, False): "no {name}, and this one has one",
    (False, True): "a {name}, and this one has none",
}


def _differences_by_length(run: Run, saved_epochs: int) -> Iterator[str]:
    """Iterate over the components of the run that depend on the number of its steps."""
    for component in (run.options.schedule, *run.options.callbacks):
        if component is not None and component.needs_total_steps:
            yield f"epochs={saved_epochs}, and this one {run.epochs}: {component!r} depends on the length of the run"


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
