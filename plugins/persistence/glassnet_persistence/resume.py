"""Whether a run is the one that was saved: a run is continued with what it was started with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from glassnet.errors import ResumeError, warn
from glassnet.registry.registry import registry
from glassnet_persistence.fingerprint import Contents
from glassnet_persistence.plain_options import as_plain
from glassnet_persistence.run_state import RunState, memories_of
from glassnet_sharing.shared_layers import shared_layers

if TYPE_CHECKING:
    from glassnet.training.run import Run

# What must be the same for a continued run to be the same run. Epochs may be added, if nothing depends on their number.
_IDENTITY = ("loss", "optimizer", "batch_size", "metrics", "regularizer", "schedule", "seed", "validation")
# A callback that implements one of these changes what is trained.
_HOOKS_THAT_CHANGE = (
    "prepare_component",
    "epoch_batches",
    "train_step",
    "forward_step",
    "loss_step",
    "backward_step",
    "on_after_backward",
    "optimizer_step",
    "should_stop",
)


def identity(run: Run) -> dict[str, Any]:
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


def check_same_run(run: Run, state: RunState, contents: Contents) -> list[dict[str, Any]]:
    """Compare a run with the saved one that it is to continue: data, network, options, and what rounding depends on.

    Parameters
    ----------
    run, state
        The run, and what was saved.
    contents
        The fingerprints of what the run is given; empty if it was not started by `fit`.

    Returns
    -------
    list
        How the run differs from what it was started with, each time that it was continued with ``allow_changes``.

    Raises
    ------
    ResumeError
        If there is a difference, and changes are not allowed.

    Warns
    -----
    GlassnetWarning
        If the state was saved by an older version, which noted less of what a run was started with.
    """
    found = list(_differences(run, state, contents))
    if found and not run.config.allow_changes:
        raise ResumeError(
            f"the saved run has {'; it has '.join(found)}; continue it with what it was started with, start a new run, "
            "or allow the changes: allow_changes=True, --allow-changes"
        )
    if "contents" not in state:
        problem = "the saved run is of an older glassnet, which noted neither data nor callbacks"
        warn(f"{problem}; see that they are the same as then")
    changes = list(state.get("changes", ()))
    if found:
        changes.append({"epoch": state["epoch"], "step": state["step"], "differences": found})
    return changes


def _differences(run: Run, state: RunState, contents: Contents) -> Iterator[str]:
    """Iterate over what a saved run has and this one does not, in words."""
    mine = {**identity(run), **run.data.identity}
    theirs = {**state["training"], **state["data"]}
    is_old = "contents" not in state
    for name in theirs if is_old else {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            yield f"{name}={theirs.get(name)!r}, and this one {mine.get(name)!r}"
    computed_with, saved_with = run.numerics, state["computed_with"]
    for name in ("accelerators", "numpy", "blas", "instructions"):
        is_noted = name in saved_with and not (name == "accelerators" and "mode" not in saved_with)
        if is_noted and saved_with[name] != computed_with.get(name):
            yield f"{name}={saved_with[name]!r}, and this one {computed_with.get(name)!r}"
    if is_old:
        return
    for name, fingerprint in contents.items():
        saved = state["contents"].get(name, fingerprint)
        if saved != fingerprint:
            yield _DIFFERENCES[saved is None, fingerprint is None].format(name=name)
    memories = memories_of(run)
    for name, memory in state["memories"].items():
        if memory and name not in memories:
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
