"""R²: by hand, for several divisions into batches, and for constant targets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn


def r2(*batches: tuple[Any, Any]) -> float:
    metric = gn.metrics.r2().fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


TARGETS = np.array([[1.0], [2.0], [3.0], [6.0]])


def test_by_hand() -> None:
    # The mean is 3, the spread 4 + 1 + 0 + 9 = 14, the residual 1 + 0 + 1 + 4 = 6.
    assert r2((TARGETS, [[2.0], [2.0], [2.0], [4.0]])) == pytest.approx(1 - 6 / 14, rel=1e-15)


def test_being_right_is_1_and_predicting_the_mean_is_0() -> None:
    assert r2((TARGETS, TARGETS)) == 1.0
    assert r2((TARGETS, np.full((4, 1), 3.0))) == pytest.approx(0.0, abs=1e-15)


def test_of_several_outputs_it_is_the_mean_of_theirs() -> None:
    y_true = np.hstack([TARGETS, 10 * TARGETS])
    y_pred = np.hstack([np.full((4, 1), 3.0), 10 * TARGETS])
    assert r2((y_true, y_pred)) == pytest.approx(0.5, rel=1e-15)


@pytest.mark.parametrize("sizes", [[4], [1, 1, 1, 1], [3, 1], [1, 3], [0, 2, 2]])
def test_batches_of_any_size_give_the_figure_of_the_whole(sizes: list[int]) -> None:
    y_pred = np.array([[2.0], [2.0], [2.0], [4.0]])
    ends = np.cumsum(sizes).tolist()
    batches = [(TARGETS[e - n : e], y_pred[e - n : e]) for n, e in zip(sizes, ends, strict=True)]
    assert r2(*batches) == pytest.approx(1 - 6 / 14, rel=1e-15)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_targets_far_from_zero_keep_their_spread(size: int) -> None:
    # Sums of squares would hold 1e16 and no spread of 1.
    deviation = np.resize([-1.0, 1.0], 100)
    batches = [
        (1e8 + deviation[i : i + size, None], 1e8 + 0.5 * deviation[i : i + size, None]) for i in range(0, 100, size)
    ]
    assert r2(*batches) == pytest.approx(0.75, rel=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 / 3])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_constant_targets(value: float, size: int) -> None:
    # Their mean may be off by a rounding, which must not become their spread.
    y = np.full((7, 1), value)
    parts = [slice(i, i + size) for i in range(0, 7, size)]
    assert r2(*[(y[part], y[part]) for part in parts]) == 1.0
    assert r2(*[(y[part], y[part] + 1) for part in parts]) == 0.0


def test_one_constant_output_among_others() -> None:
    y_true = np.hstack([TARGETS, np.ones((4, 1))])
    assert r2((y_true, y_true)) == 1.0
    assert r2((y_true, y_true + np.array([0.0, 1.0]))) == 0.5


def test_steps_of_a_sequence_count_as_samples() -> None:
    y_pred = np.array([[2.0], [2.0], [2.0], [4.0]])
    assert r2((TARGETS.reshape(2, 2, 1), y_pred.reshape(2, 2, 1))) == pytest.approx(1 - 6 / 14, rel=1e-15)


def test_fewer_than_two_samples_have_none() -> None:
    assert math.isnan(r2())
    assert math.isnan(r2(([[1.0]], [[1.0]])))
    assert math.isnan(r2((np.zeros((0, 2)), np.zeros((0, 2)))))


def test_nan_stays_visible() -> None:
    assert math.isnan(r2((TARGETS, [[2.0], [2.0], [math.nan], [4.0]])))


def test_it_leaves_its_arguments_as_they_are() -> None:
    y_true, y_pred = TARGETS.copy(), TARGETS + 1
    r2((y_true, y_pred), (y_true, y_pred))
    assert y_true.tolist() == TARGETS.tolist()
    assert y_pred.tolist() == (TARGETS + 1).tolist()


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.r2().fresh()
    metric.update(TARGETS * 100, TARGETS)
    metric.reset()
    metric.update(TARGETS, TARGETS)
    assert metric.compute() == 1.0


def test_labels_beside_rows_of_outputs_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"r2: targets of shape \(4,\) and outputs of shape \(4, 3\) differ"):
        r2((np.zeros(4), np.zeros((4, 3))))


def test_higher_is_better() -> None:
    assert gn.metrics.r2().higher_is_better is True
