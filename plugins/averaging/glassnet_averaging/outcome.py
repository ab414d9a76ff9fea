"""What a run leaves if it ends now."""

from __future__ import annotations

from collections.abc import Callable

import glassnet as gn
from glassnet.training.optimizer_step import BoundOptimizer


def outcome_of_run(run: gn.Run) -> gn.Array | None:
    """Return the parameters that the run leaves if it ends here, or None for those that are there.

    They are the optimizer's average if it keeps one, with the step that it may have put off.
    """
    if not run.optimizer.puts_off_steps:  # then the step size is not used
        return averaged_parameters(run.bound_optimizer)
    return outcome(run.bound_optimizer, run.lr_of(max(run.step - 1, 0)), run.step, run.evaluate)


def outcome(bound: BoundOptimizer, lr: float, t: int, closure: Callable[[], float]) -> gn.Array:
    """Return the vector that training leaves if it ends after step `t`, with the step that was put off.

    It is the average if the optimizer keeps one. Parameters and state stay as they are, so that training can go on.
    """
    kept = [(array, array.copy()) for array in (bound.vector, *bound.slots.values(), *bound.scalars.values())]
    try:
        for each in bound.groups:
            bound.optimizer.finish(each.p, each.g, each.state, lr * each.lr_scale, t, closure)
        bound.constrain(bound.vector)
        average = averaged_parameters(bound)
        return bound.vector.copy() if average is None else average
    finally:
        for array, before in kept:
            array[...] = before


def averaged_parameters(bound: BoundOptimizer) -> gn.Array | None:
    """Return the vector that the optimizer would have the network used with, or None for the one it has."""
    averages = [(group.place, bound.optimizer.averaged_parameters(group.p, group.state)) for group in bound.groups]
    if not [average for _, average in averages if average is not None]:
        return None
    vector = bound.vector.copy()
    for place, average in averages:
        if average is not None:
            vector[place] = average.reshape(-1)
    # It was taken before each step's constraints.
    bound.constrain(vector)
    return vector
