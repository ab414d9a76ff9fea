"""Mean absolute error: by hand, and every sample counting once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn


def mean_absolute_error(*batches: tuple[Any, Any]) -> float:
    metric = gn.metrics.mean_absolute_error().fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


def test_by_hand() -> None:
    # |1.5 - 1| + |1 - 2| + |0 - 3| + |4 - 4| = 4.5, over four values
    assert mean_absolute_error(([[1.0, 2.0], [3.0, 4.0]], [[1.5, 1.0], [0.0, 4.0]])) == 1.125


@pytest.mark.parametrize("sizes", [[7], [1] * 7, [4, 3], [3, 3, 1], [0, 7]])
def test_batches_of_any_size_give_the_error_of_the_whole(sizes: list[int]) -> None:
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(7, 2)), rng.normal(size=(7, 2))
    y_true[6] += 100.0
    whole = sum(abs(a - b) for a, b in zip(y_true.ravel().tolist(), y_pred.ravel().tolist(), strict=True)) / 14
    ends = np.cumsum(sizes).tolist()
    batches = [(y_true[end - size : end], y_pred[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    assert mean_absolute_error(*batches) == pytest.approx(whole, rel=1e-14)


def test_many_float32_values_are_summed_in_float64() -> None:
    # Summed one batch after another in float32, 1 would stop to count at 2^24.
    metric = gn.metrics.mean_absolute_error().fresh()
    metric.update(np.zeros((1, 1), np.float32), np.full((1, 1), 2.0**24, np.float32))
    for _ in range(100):
        metric.update(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
    assert metric.compute() == (2**24 + 100) / 101


def test_unsigned_targets_do_not_wrap_around() -> None:
    assert mean_absolute_error((np.array([[200]], np.uint8), np.array([[190]], np.uint8))) == 10.0


def test_it_leaves_its_arguments_as_they_are() -> None:
    y_true, y_pred = np.array([[1.0], [2.0]]), np.array([[3.0], [-1.0]])
    mean_absolute_error((y_true, y_pred))
    assert y_true.tolist() == [[1.0], [2.0]]
    assert y_pred.tolist() == [[3.0], [-1.0]]


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.mean_absolute_error().fresh()
    metric.update(np.array([[0.0]]), np.array([[10.0]]))
    metric.reset()
    metric.update(np.array([[0.0]]), np.array([[1.0]]))
    assert metric.compute() == 1.0


def test_no_samples_have_no_error() -> None:
    assert math.isnan(mean_absolute_error())
    assert math.isnan(mean_absolute_error((np.zeros((0, 2)), np.zeros((0, 2)))))


def test_labels_beside_rows_of_outputs_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"targets of shape \(4,\) and outputs of shape \(4, 3\) differ"):
        mean_absolute_error((np.zeros(4), np.zeros((4, 3))))


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_counts_a_last_short_batch_by_its_samples(seed: int) -> None:
    # Ten samples in batches of 4, 4 and 2, and steps too small to change anything. The errors are 0, 1, … 9, so their
    # mean is 4.5 and the mean of their squares 28.5, however they were shuffled.
    x = np.arange(10.0)[:, None]
    net = gn.Network(["dense(1, bias=False)"]).build((1,), dtype="float64")
    net.flat_parameters[:] = [1.0]
    history = net.fit(
        x, np.zeros(10), loss="mse", optimizer="sgd(lr=1e-30)", batch_size=4, metrics=["mae"], seed=seed, progress=False
    )
    assert history["mean_absolute_error"] == pytest.approx([4.5], rel=1e-14)
    assert history["loss"] == pytest.approx([28.5], rel=1e-14)


def test_a_short_last_batch_of_the_validation_counts_by_its_samples() -> None:
    # The last of 300 samples is the only one that is not predicted exactly.
    x = np.zeros((300, 1))
    y = np.zeros(300)
    y[299] = 6.0
    net = gn.Network(["dense(1, bias=False)"]).build((1,), dtype="float64")
    history = net.fit(
        x[:2],
        y[:2],
        loss="mse",
        optimizer="sgd",
        validation=(x, y),
        metrics=["mean_absolute_error"],
        progress=False,
    )
    assert history["val_mean_absolute_error"] == pytest.approx([6.0 / 300], rel=1e-14)
    assert history["val_loss"] == pytest.approx([36.0 / 300], rel=1e-14)


def test_lower_is_better() -> None:
    assert gn.metrics.mean_absolute_error().higher_is_better is False
