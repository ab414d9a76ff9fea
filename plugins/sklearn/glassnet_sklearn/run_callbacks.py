"""Callbacks that an estimator adds to the training of its network."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class ValidationScores(gn.Callback):
    """Call a function with the network after each validation."""

    score: Any = gn.option(help="what is called with the network")

    def on_validation_end(self, run: gn.Run) -> None:
        self.score(run.network)


class KeptOptimizer(gn.Callback):
    """Let the optimizer go on from where the training before it stopped.

    A training starts its optimizer anew. In `partial_fit` the moments of Adam would then be zero at each call, and its
    first steps are the largest ones.
    """

    memory: Any = gn.option(help="a dictionary that is kept between trainings, empty before the first")

    def on_run_start(self, run: gn.Run) -> None:
        for name, array in _arrays_of(run).items():
            if self.memory:
                array[...] = self.memory["arrays"][name]
        if self.memory.get("parameters") is not None:
            run.network.flat_parameters = self.memory["parameters"]

    def optimizer_step(self, run: gn.Run) -> bool:
        run.bound_optimizer.step(run.lr, self.memory.get("steps", 0) + run.step + 1, run.evaluate)
        return True

    def on_run_end(self, run: gn.Run) -> None:
        self.memory["steps"] = self.memory.get("steps", 0) + run.step
        self.memory["arrays"] = {name: array.copy() for name, array in _arrays_of(run).items()}
        # The network holds an average if the optimizer keeps one: training goes on from the parameters themselves.
        self.memory["parameters"] = None if run.last_vector is None else run.last_vector.copy()


def _arrays_of(run: gn.Run) -> dict[str, gn.Array]:
    """Return the state of the optimizer."""
    return {**run.bound_optimizer.slots, **run.bound_optimizer.scalars}


class EpochTasks(gn.Callback):
    """Tell scikit-learn's callbacks of each epoch, and stop if one of them wants to."""

    tasks: Any = gn.option(help="the tasks of the fit: a `FitTasks`")

    def on_epoch_start(self, run: gn.Run) -> None:
        self.tasks.begin_epoch()

    def on_epoch_end(self, run: gn.Run) -> None:
        run.state_of(self)._stops = self.tasks.end_epoch(run.network)

    def should_stop(self, run: gn.Run) -> bool:
        return bool(run.state_of(self)._stops)
