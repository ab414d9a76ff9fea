"""Gradients that do not match: a derivative that somebody wrote is not that of the function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet_autodiff.gradient_check import numerical_gradient
from glassnet_doctor.foreign import exact_twin, foreign_parts, gradients_of, where_is

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_ELEMENTS = 20


class GradientsDoNotMatch(gn.Rule):
    """Compares gradients with differences of the loss, in float64, if a layer or the loss is not one of glassnet's."""

    tolerance: float = gn.option(0.02, gt=0, log=True, help="relative error from which gradients do not match")

    reference = "Press, Teukolsky, Vetterling and Flannery (2007), Numerical Recipes, section 5.7"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        suspects = foreign_parts(case)
        if not suspects:
            return
        twin, x, y = exact_twin(case)
        gradients = gradients_of(case, twin, x, y)
        if not np.allclose(gradients, gradients_of(case, twin, x, y)):
            return  # they accumulate, or are random: other rules say so
        objective = Objective(twin, case.loss, case.regularizer)

        def value() -> float:
            with twin.workspace(training=True, step=0, seed=0) as ctx:
                return objective.value(x, y, None, ctx)[0] + objective.penalty()

        wrong = {}
        for slice_ in twin.layout.slices:
            size = slice_.parameter.size
            some = np.sort(np.random.default_rng(0).choice(size, min(_ELEMENTS, size), replace=False))
            slopes = numerical_gradient(value, slice_.view(twin.flat_parameters), only=some)
            got = slice_.view(gradients).reshape(-1)[some]
            error = float(np.max(np.abs(got - slopes)) / max(np.max(np.abs(slopes)), np.max(np.abs(got)), 1e-7))
            if error > self.tolerance and slice_.parameter.trainable:
                wrong[slice_.name] = error
        if wrong:
            last = list(wrong)[-1]
            behind = [each for each in suspects if _place(case, each) >= int(last.split(".")[0])]
            yield self.finding(
                0.99,
                where_is(case, (behind or suspects)[0]),
                f"the gradient of {last!r} is not the slope of the loss",
                "correct its backward; glassnet check and gn.check_gradients(net, x, y, loss) show each element",
                largest_error=max(wrong.values()),
                wrong_parameters=len(wrong),
                parameters=len(twin.layout.slices),
            )


def _place(case: Case, component: gn.Component) -> int:
    where = where_is(case, component)
    return int(where.split()[1]) if where.startswith("layer ") else len(case.network.layers)
