"""Short runs of a small network, to see a component at work; and runs that are broken off and continued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.network import Network
from glassnet.options.declaration import option
from glassnet.registry.hookspecs import run_hookimpl
from glassnet.run.config import FitConfig, TrainingConfig
from glassnet.run.run_hooks import Callback
from glassnet.training.fit import new_run
from glassnet.training.loop import train
from glassnet.training.run import Run
from glassnet.types import Array
from glassnet_persistence.checkpoint import saved_state
from glassnet_persistence.run_state import RunState
from glassnet_splits.split import Split
from glassnet_testing.runner.check import Failure
from glassnet_testing.tools.compare import same_bytes
from glassnet_testing.tools.scratch import scratch

SAMPLES = 11
BATCH_SIZE = 4
EPOCHS = 3
# After the last batch of an epoch, and in the middle of the next: there is more to remember in the second.
_BREAKS = (3, 4)
EACH_STEP = tuple(range(1, EPOCHS * -(-SAMPLES // BATCH_SIZE)))


class Practice:
    """A small problem, and a run on it whose parts can be replaced.

    Parameters
    ----------
    layers
        The network.
    x, y
        The samples, and targets as the loss takes them.
    parts
        Options of `TrainingConfig`.
    """

    def __init__(self, layers: Sequence[Any], x: Array, y: Array, **parts: Any) -> None:
        self.layers = layers
        self.x = x
        self.y = y
        self.parts = {"optimizer": "sgd(lr=0.05)", "epochs": EPOCHS, "batch_size": BATCH_SIZE, **parts}

    def network(self) -> Network:
        """Return a new network."""
        return Network(self.layers).build(self.x.shape[1:], seed=1)

    def run(
        self, network: Network, *further: Callback, folder: Path | None = None, with_validation: bool = True
    ) -> Run:
        """Return a run that has not started; the samples serve as validation too, if there is to be one."""
        callbacks = (*self.parts.get("callbacks", ()), *further)
        # Bytes are compared, also those of a training that diverges.
        options = TrainingConfig(**{**self.parts, "callbacks": callbacks, "on_divergence": "continue"})
        split = Split(self.x, self.y)
        data, validation = (network.loader(split, options.loss) for _ in range(2))
        return new_run(
            FitConfig(network, options, data, validation if with_validation else None, folder=folder, progress=False)
        )


def regression(layers: Sequence[Any], **parts: Any) -> Practice:
    """Return a regression of 2 values on 4, for `layers` and a last dense layer."""
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(SAMPLES, 4)).astype(np.float32), rng.normal(size=(SAMPLES, 2)).astype(np.float32)
    return Practice([*layers, "dense(2)"], x, y, **{"loss": "mean_squared_error", **parts})


class _BrokenOff(Exception):  # noqa: N818 - it is caught here and tells that all went well
    """A run that was broken off on purpose."""


class _Break(Callback):
    """Ends a run after some steps."""

    after: int = option(ge=1, help="steps")

    @run_hookimpl(trylast=True)
    def on_batch_end(self, run: Run) -> None:
        if run.step == self.after:
            run.save_state()
            raise _BrokenOff("broken off on purpose")


def compare_broken_runs(told: str, practice: Callable[[], Practice], breaks: Sequence[int] = _BREAKS) -> None:
    """Break a run off at some steps, continue it each time, and compare with the run without a break.

    Parameters
    ----------
    told
        The component, for the report.
    practice
        Makes the `Practice`; each run has components of its own, as a new process would.
    breaks
        After how many steps.
    """
    expected, history = _ended(practice(), None)
    for after in breaks:
        state = _state_after(practice(), after)
        if state is None:
            break  # it stops by itself
        where = f"{told}, in a run that is broken off after {after} steps and continued"
        got, history_got = _ended(practice(), state)
        if not same_bytes(got.flat_parameters, expected.flat_parameters):
            raise Failure(where, expected.flat_parameters, got.flat_parameters)
        # As text, so that NaN is equal to NaN.
        if str(history_got) != str(history):
            raise Failure(where, f"history {history}", f"history {history_got}")


def _ended(practice: Practice, state: RunState | None) -> tuple[Network, list[dict[str, float]]]:
    """Return the network at the end of a run, and the history."""
    network = practice.network()
    with scratch() as folder:
        run = practice.run(network, folder=Path(folder))
        run.saved = state
        train(run)
    return network, run.history.epochs


def _state_after(practice: Practice, steps: int) -> RunState | None:
    with scratch() as folder:
        try:
            train(practice.run(practice.network(), _Break(steps), folder=Path(folder)))
        except _BrokenOff:
            return saved_state(folder)  # None if the network is not finite: such a state is never saved
    return None
