"""``gn.replay(run, step)``: a recorded run as it was after any of its steps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet.errors import ResumeError
from glassnet.training.loop import train
from glassnet_persistence.fingerprint import fingerprint
from glassnet_persistence.processor import rounding_environment
from glassnet_persistence.resume import check_same_run
from glassnet_persistence.run_state import RunState, restore, state_of
from glassnet_stepwise.branch import Branch, Comparison
from glassnet_stepwise.recorded import Recorded, callbacks_of, read_run, same_figures
from glassnet_stepwise.replay_html import replay_html
from glassnet_stepwise.unstarted_run import new_run
from glassnet_tables.table_cells import batch_of


@explained
def replay(
    run: str | os.PathLike[str],
    step: int,
    x: Any = None,
    y: Any = None,
    *,
    validation: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    allow_changes: bool = False,
) -> Replay:
    """Return a recorded run as it was after a number of steps, to inspect it or to continue it differently.

    The run is trained again from its seed, or from its last state if that is earlier, to the same bytes. The folder
    stays as it is.

    Parameters
    ----------
    run
        The folder of a run: of ``glassnet train``, or of ``fit(folder=…)``.
    step
        The number of steps, from 0 for the beginning.
    x, y, validation, sample_weight, class_weight
        What `fit` was given, for a run that was started from Python. A run of ``glassnet train`` names its data itself.
    allow_changes
        Whether other data, and another version of NumPy or another processor, are allowed. The bytes may then differ.

    Returns
    -------
    Replay

    Raises
    ------
    FileError
        If `run` is not the folder of a run, or holds no state.
    OptionError
        If the run has fewer steps, its data are not given, or it began from a network that was trained before.
    ResumeError
        If the data are others, or the figures of an epoch differ from those recorded.

    Examples
    --------
    >>> then = gn.replay("runs/xor-1", step=100)                            # doctest: +SKIP
    >>> then.network.value_and_gradients(*then.batch, "bce")                # doctest: +SKIP
    >>> other = then.fork(optimizer="sgd(lr=0.1)")                          # doctest: +SKIP
    >>> then.compare(other)                                                 # doctest: +SKIP
    """
    given: dict[str, Any] = {"validation": validation, "sample_weight": sample_weight, "class_weight": class_weight}
    recorded = read_run(run, x, y, **given, allow_changes=allow_changes or None)
    if isinstance(step, bool) or not hasattr(step, "__index__") or step < 0:
        raise gn.OptionError(f"step is the number of steps from the beginning, 0 or more; got {step!r}")
    is_later = recorded.state["step"] <= step
    if recorded.options.pop("_began", 0) and not is_later:
        raise gn.OptionError(
            f"the run in {recorded.folder} went on from a network that was trained before, so it can be replayed from "
            f"its last state on, which is step {recorded.state['step']}; record the first training too"
        )
    return Replay(recorded, *_played(recorded, int(step), recorded.state if is_later else None))


class Replay:
    """A run after some of its steps.

    Attributes
    ----------
    network
        The network as it was then.
    step, epoch
        Steps taken, and epochs completed.
    history
        The figures of the epochs completed.
    """

    def __init__(self, recorded: Recorded, network: gn.Network, state: RunState) -> None:
        self.network = network
        self.step: int = state["step"]
        self.epoch: int = state["epoch"]
        self.history = gn.History()
        for epoch in state["history"]:
            self.history.append(epoch)
        self._recorded = recorded
        self._state = state

    def __repr__(self) -> str:
        return f"<run {self._recorded.folder} after step {self.step}, {self.epoch} epochs completed>"

    def _repr_html_(self) -> str:
        return replay_html(repr(self), self.history)

    @property
    def batch(self) -> tuple[gn.Array, gn.Array]:
        """The samples and targets of the next step, as network and loss take them.

        Raises
        ------
        OptionError
            If the run ends with this step.
        """
        run = self._at_next_batch()
        callback: Any
        for callback in run.options.callbacks:  # such as augment
            if callback in run.hooks.implementing("on_batch_start") and not callback.only_watches:
                callback.on_batch_start(run=run)
        return run.batch

    def _at_next_batch(self) -> gn.Run:
        """Return the run at its next batch, on a copy of the network."""
        run = _new_run(self._recorded, self.network.copy(), {})
        run.prepare()
        restore(run, self._state)
        while run.epoch < run.epochs:
            for _ in run.batches():
                return run
            run.epoch, run.batch_in_epoch = run.epoch + 1, 0
        raise gn.OptionError(f"the run has no batch behind step {self.step}; replay an earlier step")

    def explain(self, **changes: Any) -> Any:
        """Return what `gn.explain` returns of the next step: every number, with the optimizer as it was then.

        Parameters
        ----------
        changes
            Options of `gn.explain` that replace those of the run, such as ``loss="mse"``; another optimizer remembers
            nothing.

        Raises
        ------
        OptionError
            If the run ends with this step.
        """
        run = self._at_next_batch()
        options = {name: run.options.options[name] for name in ("loss", "optimizer", "regularizer", "schedule", "seed")}
        scalars = {name: values[0] for name, values in self._state["scalars"].items()}
        network = self.network.copy()
        network.counts.steps -= self.step  # explain counts the steps itself, for random numbers
        options |= {
            "sample_weight": run.sample_weights,
            "callbacks": callbacks_of(self._recorded.options),
            "step": self.step,
            "steps": run.total_steps if run.options.schedule is not None else None,
            "lr_scale": run.lr_scale,
            "optimizer_state": None if "optimizer" in changes else self._state["slots"] | scalars,
        }
        return gn.explain(network, batch_of(self._recorded.x, *run.batch), **(options | changes))

    def fork(self, **changes: Any) -> Branch:
        """Continue from here with other options of `fit`, such as ``optimizer="sgd"``; without any, as it was.

        What the new options have in common with the old ones is kept: parameters, random numbers, momentum and the
        like if the optimizer is of the same kind. The folder of the run stays as it is.

        Returns
        -------
        Branch
            The network that the branch leads to, and its history from the first epoch on.
        """
        network = self.network.copy()
        options = {**self._recorded.options, **changes, "allow_changes": True}
        options["callbacks"] = [*callbacks_of(options), _Restore()]
        run = _new_run(self._recorded, network, options)
        run.prepare()
        run.saved = _suited_to(run, self._state)
        train(run)
        title = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        return Branch(title or "unchanged", network, run.history)

    def compare(self, *branches: Branch) -> Comparison:
        """Return branches beside the run as it was recorded: figures by epoch, and how far the parameters are apart."""
        history = gn.History()
        for epoch in self._recorded.history:
            history.append(epoch)
        return Comparison(self.step, self.epoch, (Branch("recorded", self._recorded.network, history), *branches))


class _Restore(gn.Callback):
    """Puts a run where it is to go on."""

    def restore_state(self, run: gn.Run, state: RunState) -> None:
        restore(run, state)


class _StopAt(_Restore):
    """Ends a run after a step, and keeps its state."""

    step: int = gn.option(help="the step")
    kept: Any = gn.option(help="a list for the state")

    def numerics(self, run: gn.Run) -> dict[str, Any]:
        return rounding_environment()

    def on_run_start(self, run: gn.Run) -> None:
        if self.step == 0:
            self._stop(run)

    def on_resume(self, run: gn.Run) -> None:
        if run.step == self.step:
            self._stop(run)

    @gn.run_hookimpl(trylast=True)
    def on_batch_end(self, run: gn.Run) -> None:
        if run.step == self.step:
            self._stop(run)

    def _stop(self, run: gn.Run) -> None:
        self.kept.append(state_of(run))
        raise _ReachedError


class _ReachedError(Exception):
    """The run is at the step that was wanted."""


def _new_run(recorded: Recorded, network: gn.Network, changes: Mapping[str, Any]) -> gn.Run:
    options = {"progress": False, **recorded.options, **changes}
    return new_run(network, recorded.x, recorded.y, options)


def _played(recorded: Recorded, step: int, start: RunState | None) -> tuple[gn.Network, RunState]:
    """Return network and state after a number of steps."""
    network, kept = recorded.fresh_network(), list[RunState]()
    callbacks = [*callbacks_of(recorded.options), _StopAt(step, kept)]
    run = _new_run(recorded, network, {"callbacks": callbacks})
    run.prepare()
    check_same_run(run, recorded.state, fingerprint(run.data, run.validation, run.config.class_weights))
    run.saved = start
    try:
        train(run)
    except _ReachedError:
        state = kept[0]
        if not run.config.allow_changes:
            _check_figures(state["history"], recorded.history)
        network.flat_parameters = state["parameters"]
        return network, state
    raise gn.OptionError(f"the run in {recorded.folder} has {run.step} steps, so there is no step {step}")


def _check_figures(epochs: list[dict[str, float]], recorded: list[dict[str, float]]) -> None:
    """Raise `ResumeError` if the figures of an epoch are not those that were recorded."""
    for number, (mine, theirs) in enumerate(zip(epochs, recorded, strict=False), 1):
        if not same_figures(mine, theirs):
            raise ResumeError(
                f"epoch {number} has {mine} when it is replayed, and {theirs} was recorded: the run began from other "
                "parameters, as after build(seed=…), or a callback of a script changed it; replay its last step"
            )


def _suited_to(run: gn.Run, state: RunState) -> RunState:
    """Return a state with what another optimizer, or other metrics, need: zeros where nothing was saved."""
    suited = deepcopy(state)
    for what, mine in (("slots", run.bound_optimizer.slots), ("scalars", run.bound_optimizer.scalars)):
        saved = state[what]
        suited[what] = {
            name: saved[name] if name in saved and saved[name].shape == array.shape else np.zeros_like(array)
            for name, array in mine.items()
        }
    return suited
