"""One weight through a whole training: its value, its gradient and the terms of its change at each step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.weight_terms import WeightTerms


@attrs.frozen(eq=False)
class WeightHistory:
    """The course of one weight.

    Attributes
    ----------
    weight
        Its name, such as ``"1.weights[3, 7]"``.
    values
        Its value before each step, and after the last.
    gradients
        The derivative of the loss by it at each step, penalties included.
    terms
        The terms of its change at each step by their names; ``"total"`` is the change. ``"rest"`` is the part that no
        term explains: the rounding of the network's type, and an optimizer that steps with the whole network at once.
    """

    weight: str
    values: Array
    gradients: Array
    terms: dict[str, Array]


class FollowWeight(gn.Callback):
    """Notes what becomes of one weight in each step of a run."""

    weight: str = gn.option(help="such as 1.weights[3, 7]")
    steps: Any = gn.option(help="a list that gets a dictionary for each step")

    @gn.run_hookimpl(wrapper=True)
    def optimizer_step(self, run: gn.Run) -> Iterator[None]:
        name, index = parse_element(self.weight, run.network.parameters)
        noted = _terms(run, name, index)
        before = float(run.network.parameters[name].flat[index])
        result = yield
        total = float(run.network.parameters[name].flat[index]) - before
        slope = noted.pop("slope")
        rest = total - sum(noted.values())
        self.steps.append({"value": before, "slope": slope, **noted, "rest": rest, "total": total})
        return result


def history_of(weight: str, steps: list[dict[str, float]]) -> WeightHistory:
    """Return the course of a weight, of which each step was noted."""
    names = dict.fromkeys(name for step in steps for name in step)
    columns = {name: np.array([step.get(name, 0.0) for step in steps]) for name in names}
    values, gradients = columns.pop("value"), columns.pop("slope")
    last = values[-1:] + columns["total"][-1:]
    return WeightHistory(weight, np.concatenate([values, last]), gradients, columns)


def _terms(run: gn.Run, name: str, index: int) -> dict[str, float]:
    """Return the terms of the change of one element, and under ``"slope"`` the gradient that the optimizer gets."""
    slice_ = next(slice_ for slice_ in run.network.layout.slices if slice_.name == name)
    place = slice(slice_.start + index, slice_.start + index + 1)
    g = run.network.gradients[place].astype(np.float64)
    if not slice_.parameter.trainable:
        return {"slope": float(g[0])}
    penalty = 0.0
    for regularizer, penalised, w in run.objective.penalised:
        if penalised == name:
            penalty += float(np.asarray(regularizer.gradient(w)).flat[index])
    scale = slice_.parameter.lr_scale
    lr = run.optimizer.lr * scale
    terms = {"gradient": -lr * (float(g[0]) - penalty), "penalty": -lr * penalty}
    if run.bound_optimizer.optimizer.granularity != "model":
        terms |= WeightTerms(run, slice_, index).terms()
    return {"slope": float(g[0]), **terms}
