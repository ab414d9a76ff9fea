"""The cosine schedule against equation 5 of Loshchilov and Hutter, and in a fit."""

from __future__ import annotations

import itertools
import math

import pytest

import glassnet as gn


@pytest.mark.parametrize("total_steps", [1, 2, 7, 1000])
@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
def test_step_0_is_taken_with_the_base_step_size(total_steps: int, final: float) -> None:
    assert gn.schedules.cosine(final_fraction=final).lr(0, total_steps, 0.3) == pytest.approx(0.3, rel=1e-15)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.8),
        (1, 0.4 + 0.4 * math.sqrt(3) / 2),  # cos 30°
        (2, 0.6),  # cos 60° = 1/2
        (3, 0.4),  # cos 90° = 0
        (4, 0.2),  # cos 120° = -1/2
        (5, 0.4 - 0.4 * math.sqrt(3) / 2),  # cos 150°
    ],
)
def test_a_run_of_six_steps_by_hand(step: int, expected: float) -> None:
    assert gn.schedules.cosine().lr(step, 6, 0.8) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("step", "expected"), [(0, 2.0), (2, 1.55), (3, 1.1), (4, 0.65)])
def test_final_is_a_fraction_of_the_base_step_size(step: int, expected: float) -> None:
    # From 2.0 towards 0.1 * 2.0 with cosines 1, 1/2, 0 and -1/2: three quarters, a half and a quarter of the way left.
    assert gn.schedules.cosine(final_fraction=0.1).lr(step, 6, 2.0) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("total_steps", [2, 10, 4690])
@pytest.mark.parametrize("final", [0.0, 0.25])
def test_the_last_step_is_a_little_above_final_and_never_zero(total_steps: int, final: float) -> None:
    last = gn.schedules.cosine(final_fraction=final).lr(total_steps - 1, total_steps, 1.0)
    # sin² of half the angle that is left: the same figure as the documented (1 - cos) / 2, without cancellation.
    left = math.sin(math.pi / total_steps / 2) ** 2
    assert left > 0
    assert last == pytest.approx(final + (1 - final) * left, rel=1e-8)


def test_it_falls_from_step_to_step() -> None:
    rates = [gn.schedules.cosine().lr(step, 50, 1.0) for step in range(50)]
    assert all(before > after > 0 for before, after in itertools.pairwise(rates))


def test_final_of_one_is_constant() -> None:
    assert {gn.schedules.cosine(final_fraction=1.0).lr(step, 9, 0.5) for step in range(9)} == {0.5}


def test_a_fit_takes_its_steps_along_the_curve_of_the_whole_run() -> None:
    rates: list[float] = []

    class Record(gn.Callback):
        def on_after_backward(self, run: gn.Run) -> None:
            rates.append(run.lr)

    # 5 samples in batches of 2: three steps an epoch, six in the run.
    x = [[0.0], [1.0], [2.0], [3.0], [4.0]]
    gn.Network(["dense(1)"]).fit(
        x,
        [0.0, 0.1, 0.2, 0.3, 0.4],
        loss="mse",
        optimizer="sgd(lr=0.01)",
        epochs=2,
        batch_size=2,
        schedule="cosine",
        callbacks=[Record()],
        progress=False,
    )
    root = math.sqrt(3) / 2
    assert rates == pytest.approx([0.005 * (1 + cosine) for cosine in (1, root, 0.5, 0, -0.5, -root)])


@pytest.mark.parametrize("final", [-0.1, 1.5])
def test_final_out_of_range_is_refused(final: float) -> None:
    with pytest.raises(gn.OptionError, match="final_fraction must be >= 0 and <= 1"):
        gn.schedules.cosine(final_fraction=final)
