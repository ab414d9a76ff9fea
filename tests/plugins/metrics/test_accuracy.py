"""Accuracy: what counts as right, and that every sample counts once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn

OUTPUTS = np.array(
    [
        [0.7, 0.2, 0.1],  # 0
        [0.1, 0.8, 0.1],  # 1
        [0.3, 0.3, 0.4],  # 2
        [0.9, 0.0, 0.1],  # 0
        [0.2, 0.5, 0.3],  # 1
    ],
    dtype=np.float32,
)
LABELS = np.array([0, 1, 0, 0, 2])  # right, right, wrong, right, wrong


def accuracy(*batches: tuple[Any, Any], **options: float) -> float:
    metric = gn.metrics.accuracy(**options).fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    return metric.compute()


def test_integer_labels() -> None:
    assert accuracy((LABELS, OUTPUTS)) == 3 / 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
def test_one_hot_rows(dtype: Any) -> None:
    assert accuracy((np.eye(3)[LABELS].astype(dtype), OUTPUTS)) == 3 / 5


def test_softened_targets_mark_their_largest_element() -> None:
    assert accuracy((np.eye(3)[LABELS] * 0.9 + 0.1 / 3, OUTPUTS)) == 3 / 5


def test_logits_count_like_probabilities() -> None:
    assert accuracy((LABELS, np.log(OUTPUTS + 1e-6) * 7 - 100)) == 3 / 5


@pytest.mark.parametrize("column", [True, False], ids=["(n, 1)", "(n,)"])
def test_one_output_is_class_1_above_one_half(column: bool) -> None:
    y_pred = np.array([[0.9], [0.51], [0.5], [0.2], [0.6]])
    y_true = np.array([1.0, 1.0, 0.0, 1.0, 0.0])  # right, right, right, wrong, wrong
    assert accuracy((y_true[:, None] if column else y_true, y_pred)) == 3 / 5


@pytest.mark.parametrize(
    ("threshold", "answers"),
    [(-1.0, [1, 1, 1, 1, 1]), (0.2, [1, 1, 1, 0, 1]), (0.5, [1, 1, 0, 0, 1]), (0.6, [1, 0, 0, 0, 0])],
)
def test_one_output_is_class_1_above_the_threshold(threshold: float, answers: list[int]) -> None:
    y_pred = np.array([[0.9], [0.51], [0.5], [0.2], [0.6]])
    assert accuracy((np.array(answers), y_pred), threshold=threshold) == 1.0
    assert accuracy((1 - np.array(answers), y_pred), threshold=threshold) == 0.0


def test_the_threshold_is_for_outputs_and_not_for_targets() -> None:
    assert accuracy((np.array([0.4, 0.6]), np.array([[-3.0], [2.0]])), threshold=0.0) == 1.0


def test_of_several_classes_the_threshold_says_nothing() -> None:
    assert accuracy((LABELS, OUTPUTS), threshold=0.99) == 3 / 5


def test_one_output_is_never_read_as_one_class() -> None:
    # The largest of one element is always element 0: read so, these would be all right.
    assert accuracy((np.zeros((4, 1)), np.ones((4, 1)))) == 0.0


def test_outputs_at_several_positions_count_one_by_one() -> None:
    y_pred = np.array([[[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[0.3, 0.7], [0.3, 0.7], [0.3, 0.7]]])
    labels = np.array([[0, 1, 1], [1, 1, 0]])
    assert accuracy((labels, y_pred)) == 4 / 6
    assert accuracy((np.eye(2)[labels], y_pred)) == 4 / 6


def test_of_equal_outputs_the_first_is_predicted() -> None:
    assert accuracy((np.array([0, 1, 2]), np.full((3, 3), 1 / 3))) == 1 / 3


@pytest.mark.parametrize("sizes", [[5], [1, 1, 1, 1, 1], [4, 1], [2, 3], [0, 5]])
def test_batches_of_any_size_give_the_accuracy_of_the_whole(sizes: list[int]) -> None:
    ends = np.cumsum(sizes)
    batches = [
        (LABELS[end - size : end], OUTPUTS[end - size : end]) for size, end in zip(sizes, ends.tolist(), strict=True)
    ]
    assert accuracy(*batches) == 3 / 5


def test_start_forgets_what_was_before() -> None:
    metric = gn.metrics.accuracy().fresh()
    metric.update(np.array([0]), np.array([[0.0, 1.0]]))
    metric.reset()
    metric.update(np.array([1]), np.array([[0.0, 1.0]]))
    assert metric.compute() == 1.0


def test_no_samples_have_no_accuracy() -> None:
    assert math.isnan(accuracy())
    assert math.isnan(accuracy((np.zeros(0, int), np.zeros((0, 3)))))
    assert math.isnan(accuracy((np.zeros((0, 1)), np.zeros((0, 1)))))
    assert math.isnan(accuracy((np.zeros((0, 3)), np.zeros((0, 3)))))


@pytest.mark.parametrize("shape", [(5, 1), (4,), (5, 2), (5, 3, 1)])
def test_targets_that_do_not_fit_the_outputs_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(gn.ShapeError, match=r"do not fit outputs of shape \(5, 3\)"):
        accuracy((np.zeros(shape), OUTPUTS))


def test_targets_that_do_not_fit_a_single_output_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"do not fit outputs of shape \(4, 1\)"):
        accuracy((np.zeros((4, 2)), np.zeros((4, 1))))


def test_rows_of_several_classes_are_refused() -> None:
    with pytest.raises(gn.DataError, match="one largest element"):
        accuracy((np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]), OUTPUTS[:2]))


@pytest.mark.parametrize(("low", "high"), [(-3.0, 17.0), (0.0, 17.0), (-3.0, 1.0)])
def test_values_that_are_no_classes_are_refused(low: float, high: float) -> None:
    with pytest.raises(gn.DataError, match=rf"must be in 0\.\.1 \(got {low:g} to {high:g}\)"):
        accuracy((np.array([[low], [high]]), np.zeros((2, 1))))


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_counts_a_last_short_batch_by_its_samples(seed: int) -> None:
    # Ten samples in batches of 4, 4 and 2, and steps too small to change anything: the epoch's accuracy is that of
    # the network as it was, 7 of 10. A mean of batch means cannot be 0.7: it is a multiple of 1/12.
    x = np.arange(10.0)[:, None]
    net = gn.Network(["dense(2, bias=False)", "softmax"]).build((1,), dtype="float64")
    net.flat_parameters[:] = [0.0, 1.0]  # class 1 for every x above 0, class 0 at 0
    y = np.array([0, 1, 1, 1, 0, 0, 0, 1, 1, 1])
    history = net.fit(
        x, y, loss="cce", optimizer="sgd(lr=1e-30)", batch_size=4, metrics=["accuracy"], seed=seed, progress=False
    )
    assert history["accuracy"] == [0.7]


def test_an_evaluation_counts_samples() -> None:
    # 300 samples are not a whole number of any power of two.
    y = np.zeros(300)
    y[299] = 1.0
    net = gn.Network(["dense(1)", "sigmoid"]).build((1,), dtype="float64")
    net.flat_parameters[:] = [0.0, -5.0]  # class 0 always
    assert net.evaluate(np.zeros((300, 1)), y, loss="bce", metrics=["accuracy"])["accuracy"] == 299 / 300


def test_higher_is_better() -> None:
    assert gn.metrics.accuracy().higher_is_better is True
