"""An optimizer that goes wrong: it goes uphill, or treats equal parameters differently."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet_doctor.foreign import foreign_in
from glassnet_doctor.is_trial import IS_TRIAL
from glassnet_doctor.trial import with_rate

if TYPE_CHECKING:
    from glassnet_doctor.case import Case

_STEPS = 5


class OptimizerGoesWrong(gn.Rule):
    """Tries an optimizer that is not one of glassnet's on a least-squares problem, and on two equal parameters."""

    needs = ("options",)
    reference = "Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, ICLR, section 2"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        optimizer = case.options.optimizer
        if not foreign_in(optimizer):
            return
        before, after = _least_squares(optimizer)
        if not after < before:
            yield self.finding(
                0.98,
                f"optimizer '{optimizer!r}'",
                "it makes the loss of a least-squares problem larger, with small steps too",
                "check the signs in update: a step goes against the gradient, p -= lr * g",
                loss_before=before,
                loss_after=after,
            )
            return
        difference = _difference(optimizer)
        if difference > 1e-6:
            yield self.finding(
                0.98,
                f"optimizer '{optimizer!r}'",
                "two parameters with equal values and gradients get different steps",
                "use the number of the step, t, that update is given: a counter of your own counts each parameter",
                relative_difference=difference,
            )


def _least_squares(optimizer: gn.Optimizer) -> tuple[float, float]:
    """Return the loss of a small linear problem before some steps and after them, with the best of three step sizes."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype(np.float32)
    y = (x @ rng.normal(size=(4, 1)) + 0.5).astype(np.float32)
    losses = []
    token = IS_TRIAL.set(True)
    try:
        for factor in (1.0, 0.1, 0.01):
            network = gn.Network("dense(1)").build(4, seed=0)
            before = network.evaluate(x, y, loss="mse", metrics=[])["loss"]
            with warnings.catch_warnings(), suppress(gn.NonFiniteError):
                warnings.simplefilter("ignore")
                network.fit(
                    x, y, loss="mse", optimizer=with_rate(optimizer, factor), epochs=20, batch_size=64, progress=False
                )
                losses.append(network.evaluate(x, y, loss="mse", metrics=[])["loss"])
    finally:
        IS_TRIAL.reset(token)
    return float(before), float(min(losses, default=float("inf")))


def _difference(optimizer: gn.Optimizer) -> float:
    """Return how far apart two parameters are, beside their steps, that have had equal gradients."""
    if optimizer.granularity == "model":
        return 0.0
    fresh = optimizer.replace()
    parameters = [np.ones(3), np.ones(3)]
    states: list[dict[str, Any]] = [{name: np.zeros(3) for name in fresh.slots} for _ in parameters]
    for t in range(1, _STEPS + 1):
        for p, state in zip(parameters, states, strict=True):
            fresh.update(p, np.array([0.1, -1.0, 10.0]) / t, state, 0.01, t)
    moved = np.abs(parameters[0] - 1).max()
    return float(np.abs(parameters[0] - parameters[1]).max() / max(moved, 1e-12))
