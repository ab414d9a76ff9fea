"""Confusion matrix: true classes down, predicted ones across."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn

TRUE = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 2, 1, 0, 2, 2, 2, 1])
EXPECTED = [[2, 1, 1], [1, 1, 0], [0, 1, 3]]


def matrix(spec: str, *batches: tuple[Any, Any]) -> Any:
    metric = gn.create("metric", spec).fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


@pytest.mark.parametrize("y_true", [TRUE, np.eye(3)[TRUE]], ids=["labels", "one-hot"])
def test_true_classes_are_rows_and_predicted_ones_columns(y_true: Any) -> None:
    result = matrix("confusion_matrix", (y_true, np.eye(3)[PREDICTED]))
    assert result.tolist() == EXPECTED
    assert result.dtype == np.int64


def test_a_single_output_tells_two_classes_apart() -> None:
    y_true, y_pred = [1, 1, 1, 0, 0], [[0.9], [0.4], [0.5], [0.6], [0.1]]
    assert matrix("confusion_matrix", (y_true, y_pred)).tolist() == [[1, 1], [2, 1]]
    assert matrix("confusion_matrix(threshold=0.3)", (y_true, y_pred)).tolist() == [[1, 1], [0, 3]]


def test_a_class_that_does_not_occur_has_its_row_and_column() -> None:
    assert matrix("confusion_matrix", ([0, 0], np.eye(4)[[0, 1]])).tolist() == [[1, 1, 0, 0], *[[0] * 4] * 3]


@pytest.mark.parametrize("sizes", [[10], [1] * 10, [3, 3, 4], [0, 10]])
def test_batches_of_any_size_give_the_table_of_the_whole(sizes: list[int]) -> None:
    ends = np.cumsum(sizes).tolist()
    batches = [(TRUE[e - n : e], np.eye(3)[PREDICTED[e - n : e]]) for n, e in zip(sizes, ends, strict=True)]
    assert matrix("confusion_matrix", *batches).tolist() == EXPECTED


def test_outputs_at_several_positions_count_one_by_one() -> None:
    batch = TRUE.reshape(2, 5), np.eye(3)[PREDICTED].reshape(2, 5, 3)
    assert matrix("confusion_matrix", batch).tolist() == EXPECTED


def test_before_the_first_batch_it_is_empty_and_start_makes_it_so_again() -> None:
    metric = gn.metrics.confusion_matrix().fresh()
    metric.update(np.array([0]), np.eye(2)[[1]])
    metric.reset()
    assert metric.compute().shape == (0, 0)


def test_a_result_does_not_change_with_the_next_batch() -> None:
    metric = gn.metrics.confusion_matrix().fresh()
    metric.update(np.array([0]), np.eye(2)[[1]])
    first = metric.compute()
    metric.update(np.array([0]), np.eye(2)[[1]])
    assert first.tolist() == [[0, 1], [0, 0]]
    assert metric.compute().tolist() == [[0, 2], [0, 0]]


def test_targets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"confusion_matrix: targets of shape \(4,\) do not fit"):
        matrix("confusion_matrix", (np.zeros(4), np.zeros((5, 3))))


def test_an_evaluation_gives_the_table() -> None:
    net = gn.Network(["dense(3, bias=False)", "softmax"]).build((3,), dtype="float64")
    net.flat_parameters[:] = np.eye(3).reshape(-1)
    figures = net.evaluate(np.eye(3)[PREDICTED], TRUE, loss="cce", metrics=["confusion_matrix"])
    assert figures["confusion_matrix"].tolist() == EXPECTED


def test_neither_way_is_better() -> None:
    assert gn.metrics.confusion_matrix().higher_is_better is None
