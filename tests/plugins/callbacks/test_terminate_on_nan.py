"""Stopping at the first loss that is not finite."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def fit_with_losses(losses: list[float]) -> list[float]:
    """Train for two epochs of three batches whose losses are given; return those of the steps taken."""
    taken: list[float] = []

    class Scripted(gn.Callback):
        def train_step(self, run: gn.Run) -> float:
            taken.append(losses[run.step])
            return losses[run.step]

    gn.Network(["dense(1)"]).fit(
        np.zeros((5, 1)),
        np.zeros(5),
        loss="mse",
        optimizer="sgd(lr=0.25)",
        epochs=2,
        batch_size=2,
        callbacks=[Scripted(), "terminate_on_nan"],
        progress=False,
        on_divergence="continue",
    )
    return taken


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_the_first_loss_that_is_not_finite_ends_the_run(bad: float) -> None:
    with pytest.raises(gn.NonFiniteError) as caught:
        fit_with_losses([1.0, 0.5, 0.7, 0.3, bad, 0.1])
    assert str(caught.value) == (
        f"the loss is {bad} at step 5, in epoch 2; lower the learning rate (lr is 0.25), "
        "or scale the inputs to about -1..1"
    )


def test_a_bad_loss_in_the_first_batch_is_found_in_the_first_epoch() -> None:
    with pytest.raises(gn.NonFiniteError, match="at step 1, in epoch 1"):
        fit_with_losses([math.nan] * 6)


def test_finite_losses_however_large_do_not_end_the_run() -> None:
    losses = [1e300, 0.0, -1e300, 5.0, 1e-300, 2.0]
    assert fit_with_losses(losses) == losses


def test_a_fit_that_diverges_is_ended_before_its_epoch_is_over() -> None:
    steps = []

    class Count(gn.Callback):
        def on_batch_start(self, run: gn.Run) -> None:
            steps.append(run.step)

    x = np.linspace(-1, 1, 200)[:, None]
    with np.errstate(all="ignore"), pytest.raises(gn.NonFiniteError, match="in epoch 1; lower the learning rate"):
        gn.Network(["dense(1)"]).fit(
            x,
            x[:, 0],
            loss="mse",
            optimizer="sgd(lr=1e10)",
            batch_size=1,
            callbacks=[Count(), "terminate_on_nan"],
            progress=False,
            on_divergence="continue",
        )
    assert len(steps) < 200


def test_without_it_the_epoch_goes_on() -> None:
    # The counterpart: what the callback is for.
    x = np.linspace(-1, 1, 200)[:, None]
    net = gn.Network(["dense(1)"])
    with np.errstate(all="ignore"), pytest.warns(gn.GlassnetWarning, match="lower the learning rate"):
        net.fit(x, x[:, 0], loss="mse", optimizer="sgd(lr=1e10)", batch_size=1, on_divergence="continue")
