"""Top-k accuracy: the true class among the first few."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn

# The ranks of the true classes are 1, 2, 3, 4.
OUTPUTS = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1], [0.1, 0.4, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4]])
LABELS = np.array([0, 1, 2, 0])


def top_k(k: int, *batches: tuple[Any, Any]) -> float:
    metric = gn.metrics.top_k(k).fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


@pytest.mark.parametrize("y_true", [LABELS, np.eye(4)[LABELS]], ids=["labels", "one-hot"])
@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4), (4, 1.0), (5, 1.0)])
def test_the_true_class_is_among_the_k_largest_outputs(y_true: Any, k: int, expected: float) -> None:
    assert top_k(k, (y_true, OUTPUTS)) == expected


def test_k_is_5_by_default() -> None:
    assert gn.metrics.top_k().k == 5


def test_of_equal_outputs_the_lower_class_comes_first() -> None:
    assert [top_k(k, ([0, 1, 2], np.ones((3, 3)))) for k in (1, 2, 3)] == [1 / 3, 2 / 3, 1.0]
    assert top_k(2, ([2, 0], [[0.5, 0.2, 0.2], [0.2, 0.5, 0.2]])) == 1 / 2


def test_with_k_1_it_is_the_accuracy() -> None:
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 4, 500), rng.integers(0, 3, (500, 4))
    accuracy = gn.metrics.accuracy().fresh()
    accuracy.update(y_true, y_pred)
    assert top_k(1, (y_true, y_pred)) == accuracy.compute()


def test_outputs_at_several_positions_count_one_by_one() -> None:
    assert top_k(2, (LABELS.reshape(2, 2), OUTPUTS.reshape(2, 2, 4))) == 2 / 4


@pytest.mark.parametrize("sizes", [[4], [1] * 4, [3, 1], [0, 4]])
def test_batches_of_any_size_give_the_figure_of_the_whole(sizes: list[int]) -> None:
    ends = np.cumsum(sizes).tolist()
    assert top_k(3, *[(LABELS[e - n : e], OUTPUTS[e - n : e]) for n, e in zip(sizes, ends, strict=True)]) == 3 / 4


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.top_k(1).fresh()
    metric.update(LABELS, OUTPUTS)
    metric.reset()
    metric.update(LABELS[:1], OUTPUTS[:1])
    assert metric.compute() == 1.0


def test_no_samples_have_no_figure() -> None:
    assert math.isnan(top_k(2))


def test_a_single_output_is_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"top_k\(k=2\) needs an output for each class, got outputs of shape"):
        top_k(2, (np.zeros(3), np.zeros((3, 1))))


def test_k_0_is_refused() -> None:
    with pytest.raises(gn.OptionError, match="top_k: k must be >= 1"):
        gn.metrics.top_k(0)
