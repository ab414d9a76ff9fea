"""AUC: pairs that are in the right order, ties, and what has none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn


def auc(*batches: tuple[Any, Any]) -> float:
    metric = gn.metrics.auc().fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


# Of the 2 · 3 pairs, 0.8 is above all three of the others, and 0.35 above one.
YES, SCORES = np.array([0, 0, 1, 1, 0]), np.array([[0.1], [0.4], [0.35], [0.8], [0.6]])


@pytest.mark.parametrize("y_true", [YES, YES[:, None].astype(float)], ids=["(n,)", "(n, 1)"])
def test_the_share_of_pairs_in_the_right_order(y_true: Any) -> None:
    assert auc((y_true, SCORES)) == 4 / 6


@pytest.mark.parametrize("y_true", [YES, np.eye(2)[YES]], ids=["labels", "one-hot"])
def test_of_two_outputs_the_second_is_the_score(y_true: Any) -> None:
    assert auc((y_true, np.hstack([1 - SCORES, SCORES]))) == 4 / 6


def test_equal_scores_count_half() -> None:
    # 0.5 beside 0.5 and above 0.2; 0.2 beside 0.2 and below 0.5: (1/2 + 1 + 1/2 + 0) / 4.
    assert auc(([1, 1, 0, 0], [[0.5], [0.2], [0.5], [0.2]])) == 0.5
    assert auc(([1, 0, 0], [[0.5], [0.5], [0.2]])) == 0.75
    assert auc(([0, 1, 0, 1], np.full((4, 1), 0.3))) == 0.5


def test_the_ends() -> None:
    assert auc(([0, 1, 1], [[-5.0], [1e4], [3.0]])) == 1.0
    assert auc(([1, 0, 0], [[-5.0], [1e4], [3.0]])) == 0.0


def test_of_several_classes_it_is_the_mean_of_each_against_the_rest() -> None:
    y_pred = np.array([[0.6, 0.3, 0.1], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.55, 0.15, 0.3], [0.1, 0.1, 0.8]])
    # Class 0: 0.6 and 0.5 against 0.2, 0.55, 0.1: 3 + 2 of 6. Class 1: 0.5 and 0.15 against 0.3, 0.3, 0.1: 3 + 1 of 6.
    # Class 2: 0.8 against all: 4 of 4.
    assert auc(([0, 0, 1, 1, 2], y_pred)) == pytest.approx((5 / 6 + 4 / 6 + 1) / 3, rel=1e-15)


def test_a_class_that_does_not_occur_is_left_out_of_the_mean() -> None:
    y_pred = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    assert auc(([0, 1], y_pred)) == 1.0


def test_where_only_one_class_occurs_there_is_none() -> None:
    assert math.isnan(auc(([1, 1], [[0.1], [0.2]])))
    assert math.isnan(auc(([0, 0], [[0.1], [0.2]])))
    assert math.isnan(auc(([2, 2], np.ones((2, 3)))))
    assert math.isnan(auc())
    assert math.isnan(auc((np.zeros(0, int), np.zeros((0, 1)))))


@pytest.mark.parametrize("row", range(4))
def test_nan_stays_visible(row: int) -> None:
    one, three = np.array([[0.1], [0.2], [0.3], [0.4]]), np.eye(4)[:, :3] * 0.5
    one[row], three[row, 0] = math.nan, math.nan
    assert math.isnan(auc(([0, 1, 0, 1], one)))
    assert math.isnan(auc(([0, 1, 2, 1], three)))


@pytest.mark.parametrize("sizes", [[5], [1] * 5, [2, 3], [0, 4, 1]])
def test_batches_of_any_size_give_the_area_of_the_whole(sizes: list[int]) -> None:
    ends = np.cumsum(sizes).tolist()
    assert auc(*[(YES[end - n : end], SCORES[end - n : end]) for n, end in zip(sizes, ends, strict=True)]) == 4 / 6


def test_arrays_may_be_used_again_for_the_next_batch() -> None:
    metric, y_true, y_pred = gn.metrics.auc().fresh(), np.zeros(2, int), np.zeros((2, 1))
    for labels, scores in [([0, 1], [[0.1], [0.9]]), ([1, 0], [[0.8], [0.2]])]:
        y_true[:], y_pred[:] = labels, scores
        metric.update(y_true, y_pred)
    assert metric.compute() == 1.0


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.auc().fresh()
    metric.update(np.array([1, 0]), np.array([[0.1], [0.9]]))
    metric.reset()
    metric.update(np.array([1, 0]), np.array([[0.9], [0.1]]))
    assert metric.compute() == 1.0


def test_two_passes_do_not_share_what_they_keep() -> None:
    metric = gn.metrics.auc()
    first, second = metric.fresh(), metric.fresh()
    first.update(np.array([1, 0]), np.array([[0.1], [0.9]]))
    second.update(np.array([1, 0]), np.array([[0.9], [0.1]]))
    assert (first.compute(), second.compute()) == (0.0, 1.0)


def test_pairs_are_counted_beyond_what_float32_and_int32_hold() -> None:
    rng = np.random.default_rng(0)
    yes, no = rng.permutation(200_000)[:, None].astype(np.float32), np.full((100_000, 1), 1000.5, np.float32)
    assert auc((np.ones(200_000), yes), (np.zeros(100_000), no)) == (200_000 - 1001) / 200_000


def test_targets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"auc: targets of shape \(4,\) do not fit outputs of shape \(5, 3\)"):
        auc((np.zeros(4), np.zeros((5, 3))))
    with pytest.raises(gn.DataError, match=r"auc: a single output is class 0 or 1"):
        auc((np.array([-1.0, 1.0]), np.zeros((2, 1))))


def test_a_fit_reports_it_and_a_continued_run_would_carry_it() -> None:
    x = np.arange(10.0)[:, None]
    net = gn.Network(["dense(1, bias=False)", "sigmoid"]).build((1,), dtype="float64")
    net.flat_parameters[:] = [0.1]
    y = np.array([0, 0, 1, 0, 0, 1, 1, 0, 1, 1])
    history = net.fit(x, y, loss="bce", optimizer="sgd(lr=1e-30)", batch_size=4, metrics=["auc"], validation=(x, y))
    # Class 1 is at 2, 5, 6, 8, 9, with 2, 4, 4, 5, 5 of the others below.
    assert history["auc"] == history["val_auc"] == [20 / 25]


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_scale_of_the_weights_does_not_matter(scale):
    """Of pairs of a yes and a no, those in the right order count 1 * 2 + 3 * 2 of (1 + 3) * (2 + 4): 1/3."""
    metric = gn.create("metric", "auc").fresh()
    weights = np.array([1.0, 3.0, 2.0, 4.0]) * scale
    metric.update(np.array([1, 1, 0, 0]), np.array([[0.5], [0.6], [0.4], [0.7]]), sample_weight=weights)
    assert metric.compute() == pytest.approx(1 / 3)
