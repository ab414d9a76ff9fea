"""The constant schedule."""

from __future__ import annotations

import pytest

import glassnet as gn


@pytest.mark.parametrize("step", [0, 1, 499, 999])
def test_every_step_has_the_optimizers_step_size(step: int) -> None:
    assert gn.schedules.constant().lr(step, 1000, 0.123) == 0.123


def test_a_fit_with_it_is_the_fit_without_a_schedule() -> None:
    weights = []
    for schedule in ("constant", None):
        net = gn.Network(["dense(3)", "tanh", "dense(1)"])
        x = [[0.0, 1.0], [1.0, 0.0], [0.5, -0.5]]
        net.fit(x, [1.0, 2.0, 3.0], loss="mse", optimizer="sgd(lr=0.1)", epochs=4, schedule=schedule, progress=False)
        weights.append(net.flat_parameters.tobytes())
    assert weights[0] == weights[1]
