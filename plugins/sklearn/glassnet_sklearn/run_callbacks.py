"""Callbacks that an estimator adds to the training of its network."""

from __future__ import annotations

from typing import Any

import glassnet as gn


class ValidationScores(gn.Callback):
    """Call a function with the network after each validation."""

    function: Any = gn.option(help="what is called with the network")

    def on_validation_end(self, run: gn.Run) -> None:
        self.function(run.network)


class KeptOptimizer(gn.Callback):
    """Let the optimizer go on from where the training before it stopped.

    A training starts its optimizer anew. In `partial_fit` the moments of Adam would then be zero at each call, and its
    first steps are the largest ones.
    """

    memory: Any = gn.option(help="a dictionary that is kept between trainings, empty before the first")

    def on_run_start(self, run: gn.Run) -> None:
        memory, bound = self.memory, run.bound_optimizer
        memory.setdefault("steps", 0)
        for name, array in {**bound.slots, **bound.scalars}.items():
            if name in memory:
                array[...] = memory[name]
        if memory.get("parameters") is not None:
            run.network.flat_parameters = memory["parameters"]

    def optimizer_step(self, run: gn.Run) -> bool:
        run.bound_optimizer.step(run.lr, self.memory["steps"] + run.step + 1, run.evaluate)
        return True

    def on_run_end(self, run: gn.Run) -> None:
        memory, bound = self.memory, run.bound_optimizer
        memory["steps"] += run.step
        memory |= {name: array.copy() for name, array in {**bound.slots, **bound.scalars}.items()}
        # The network holds an average if the optimizer keeps one: training goes on from the parameters themselves.
        memory["parameters"] = None if run.last_vector is None else run.last_vector.copy()


class EpochTasks(gn.Callback):
    """Tell scikit-learn's callbacks of each epoch, and stop if one of them wants to."""

    tasks: Any = gn.option(help="the tasks of the fit: a `FitTasks`")

    def on_epoch_start(self, run: gn.Run) -> None:
        self.tasks.begin_epoch()

    def on_epoch_end(self, run: gn.Run) -> None:
        run.state_of(self)._stops = self.tasks.end_epoch(run.network)

    def should_stop(self, run: gn.Run) -> bool:
        return bool(run.state_of(self)._stops)
