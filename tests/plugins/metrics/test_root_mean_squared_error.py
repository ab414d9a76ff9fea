"""Root mean squared error: by hand, and every sample counting once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn


def rmse(*batches: tuple[Any, Any]) -> float:
    metric = gn.metrics.root_mean_squared_error().fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


def test_by_hand() -> None:
    # (1 + 4 + 9 + 2) / 4 = 4
    assert rmse(([[1.0, 2.0], [3.0, 4.0]], [[2.0, 0.0], [0.0, 4.0 + math.sqrt(2)]])) == pytest.approx(2.0, rel=1e-15)


def test_the_root_is_taken_of_the_mean_over_all_outputs() -> None:
    # Errors of 0 in one output and 2 in the other: the root of 2, and not the mean of 0 and 2.
    assert rmse(([[0.0, 0.0], [0.0, 0.0]], [[0.0, 2.0], [0.0, -2.0]])) == pytest.approx(math.sqrt(2), rel=1e-15)


@pytest.mark.parametrize("sizes", [[7], [1] * 7, [4, 3], [0, 7]])
def test_batches_of_any_size_give_the_error_of_the_whole(sizes: list[int]) -> None:
    errors = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 6.0])[:, None]
    ends = np.cumsum(sizes).tolist()
    batches = [(np.zeros((n, 1)), errors[e - n : e]) for n, e in zip(sizes, ends, strict=True)]
    assert rmse(*batches) == pytest.approx(math.sqrt(6), rel=1e-15)


def test_many_float32_values_are_summed_in_float64() -> None:
    metric = gn.metrics.root_mean_squared_error().fresh()
    metric.update(np.zeros((1, 1), np.float32), np.full((1, 1), 4096, np.float32))
    for _ in range(100):
        metric.update(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
    assert metric.compute() == math.sqrt((2**24 + 100) / 101)


def test_unsigned_targets_do_not_wrap_around() -> None:
    assert rmse((np.array([[200]], np.uint8), np.array([[190]], np.uint8))) == 10.0


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.root_mean_squared_error().fresh()
    metric.update(np.array([[0.0]]), np.array([[10.0]]))
    metric.reset()
    metric.update(np.array([[0.0]]), np.array([[1.0]]))
    assert metric.compute() == 1.0


def test_no_samples_have_no_error() -> None:
    assert math.isnan(rmse())
    assert math.isnan(rmse((np.zeros((0, 2)), np.zeros((0, 2)))))


def test_labels_beside_rows_of_outputs_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"root_mean_squared_error: targets of shape \(4,\) and outputs of shape"):
        rmse((np.zeros(4), np.zeros((4, 3))))


def test_lower_is_better() -> None:
    assert gn.metrics.root_mean_squared_error().higher_is_better is False
