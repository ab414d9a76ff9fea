"""Precision, recall and F1: what they count, and how the classes' figures become one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn

NAMES = ["precision", "recall", "f1"]

# Three classes. True: 0 0 0 0 1 1 2 2 2 2; predicted: 0 0 1 2 1 0 2 2 2 1.
TRUE = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 2, 1, 0, 2, 2, 2, 1])
# Right: 2, 1, 3. Predicted: 3, 3, 4. True: 4, 2, 4.
BY_CLASS = {
    "precision": [2 / 3, 1 / 3, 3 / 4],
    "recall": [2 / 4, 1 / 2, 3 / 4],
    "f1": [4 / 7, 2 / 5, 6 / 8],
}


def outputs(labels: Any, classes: int = 3) -> Any:
    """Return outputs in which the class of each label is the largest."""
    return np.eye(classes)[np.asarray(labels)] * 0.4 + 0.2


def figure(spec: str, *batches: tuple[Any, Any]) -> float:
    metric = gn.create("metric", spec).fresh()
    for y_true, y_pred in batches:
        metric.update(np.asarray(y_true), np.asarray(y_pred))
    result = metric.compute()
    assert type(result) is float
    return result


@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_class_alone(name: str, label: int) -> None:
    assert figure(f"{name}(of={label})", (TRUE, outputs(PREDICTED))) == pytest.approx(BY_CLASS[name][label], rel=1e-15)


@pytest.mark.parametrize("average", ["auto", "macro"])
@pytest.mark.parametrize("name", NAMES)
def test_of_several_classes_the_default_is_their_mean(name: str, average: str) -> None:
    expected = sum(BY_CLASS[name]) / 3
    assert figure(f"{name}(average='{average}')", (TRUE, outputs(PREDICTED))) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_weighted_by_the_samples_of_each_class(name: str) -> None:
    first, second, third = BY_CLASS[name]
    expected = (4 * first + 2 * second + 4 * third) / 10
    assert figure(f"{name}('weighted')", (TRUE, outputs(PREDICTED))) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_of_all_counts_together_each_is_the_accuracy(name: str) -> None:
    assert figure(f"{name}('micro')", (TRUE, outputs(PREDICTED))) == pytest.approx(6 / 10, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_one_hot_rows_are_read_as_their_labels(name: str) -> None:
    assert figure(name, (np.eye(3)[TRUE], outputs(PREDICTED))) == figure(name, (TRUE, outputs(PREDICTED)))


# Class 1: found 2 of 3, and 1 too many.
YES, ANSWERS = [1, 1, 1, 0, 0, 0, 0], [0.9, 0.6, 0.4, 0.7, 0.5, 0.1, 0.2]


@pytest.mark.parametrize(("name", "expected"), [("precision", 2 / 3), ("recall", 2 / 3), ("f1", 4 / 6)])
def test_of_two_classes_the_default_is_class_1(name: str, expected: float) -> None:
    one, two = np.array(ANSWERS)[:, None], np.stack([1 - np.array(ANSWERS), ANSWERS], axis=1)
    for y_true in (np.array(YES), np.array(YES, float)[:, None]):
        assert figure(name, (y_true, one)) == pytest.approx(expected, rel=1e-15)
    for y_true in (np.array(YES), np.eye(2)[YES]):
        assert figure(name, (y_true, two)) == pytest.approx(expected, rel=1e-15)


def test_class_0_of_a_single_output() -> None:
    # Of the four predictions of class 0, three are right; of its four samples, three are found.
    one = np.array(ANSWERS)[:, None]
    assert figure("precision(of=0)", (YES, one)) == 3 / 4
    assert figure("recall(of=0)", (YES, one)) == 3 / 4
    assert figure("recall('macro')", (YES, one)) == pytest.approx((3 / 4 + 2 / 3) / 2, rel=1e-15)


def test_the_threshold_of_a_single_output() -> None:
    one = np.array(ANSWERS)[:, None]
    assert figure("recall(threshold=0.3)", (YES, one)) == 1.0
    assert figure("precision(threshold=0.3)", (YES, one)) == 3 / 5
    assert figure("recall(threshold=0.6)", (YES, one)) == 1 / 3


def test_independent_outputs_are_counted_one_by_one() -> None:
    y_true = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1]])
    y_pred = np.array([[0.9, 0.8, 0.2], [0.3, 0.7, 0.1], [0.2, 0.1, 0.6]])
    # Right: 1, 1, 1. Predicted: 1, 2, 1. True: 2, 1, 2.
    assert figure("precision(independent=True)", (y_true, y_pred)) == pytest.approx((1 + 1 / 2 + 1) / 3, rel=1e-15)
    assert figure("recall(independent=True)", (y_true, y_pred)) == pytest.approx((1 / 2 + 1 + 1 / 2) / 3, rel=1e-15)
    assert figure("precision('micro', independent=True)", (y_true, y_pred)) == 3 / 4
    assert figure("recall('micro', independent=True)", (y_true, y_pred)) == 3 / 5
    assert figure("f1('micro', independent=True)", (y_true, y_pred)) == pytest.approx(6 / 9, rel=1e-15)
    assert figure("recall(of=1, independent=True)", (y_true, y_pred)) == 1.0


def test_two_independent_outputs_are_no_two_classes() -> None:
    y_true, y_pred = np.array([[1, 0], [1, 1]]), np.array([[0.9, 0.9], [0.9, 0.9]])
    assert figure("precision(independent=True)", (y_true, y_pred)) == (1 + 1 / 2) / 2


def test_outputs_at_several_positions_count_one_by_one() -> None:
    y_true, y_pred = TRUE.reshape(2, 5), outputs(PREDICTED).reshape(2, 5, 3)
    assert figure("f1", (y_true, y_pred)) == pytest.approx(sum(BY_CLASS["f1"]) / 3, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_the_mean_leaves_out_a_class_that_is_absent_everywhere(name: str) -> None:
    assert figure(name, ([0, 1, 1, 0], outputs([0, 1, 1, 0]))) == 1.0


def test_a_class_that_is_never_predicted_has_precision_0_and_counts() -> None:
    assert figure("precision", ([0, 1, 2], outputs([0, 1, 1]))) == pytest.approx((1 + 1 / 2 + 0) / 3, rel=1e-15)
    assert figure("precision(of=2)", ([0, 1, 2], outputs([0, 1, 1]))) == 0.0


def test_a_predicted_class_that_does_not_occur_has_recall_0() -> None:
    assert figure("recall", ([0, 1, 1], outputs([0, 1, 2]))) == pytest.approx((1 + 1 / 2 + 0) / 3, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_no_yes_at_all(name: str) -> None:
    assert figure(name, ([0, 0], [[0.1], [0.2]])) == 0.0
    assert figure(f"{name}('weighted', independent=True)", (np.zeros((2, 2)), np.zeros((2, 2)))) == 0.0


@pytest.mark.parametrize("sizes", [[10], [1] * 10, [3, 3, 4], [0, 10]])
@pytest.mark.parametrize("name", NAMES)
def test_batches_of_any_size_give_the_figure_of_the_whole(name: str, sizes: list[int]) -> None:
    ends = np.cumsum(sizes).tolist()
    batches = [
        (TRUE[end - size : end], outputs(PREDICTED[end - size : end])) for size, end in zip(sizes, ends, strict=True)
    ]
    assert figure(name, *batches) == pytest.approx(sum(BY_CLASS[name]) / 3, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_start_forgets_what_was_before(name: str) -> None:
    metric = gn.create("metric", name).fresh()
    metric.update(np.array([0, 1, 2]), outputs([1, 2, 0]))
    metric.reset()
    metric.update(np.array([0, 1, 2]), outputs([0, 1, 2]))
    assert metric.compute() == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_no_samples_have_no_figure(name: str) -> None:
    assert math.isnan(figure(name))
    assert math.isnan(figure(name, (np.zeros(0, int), np.zeros((0, 3)))))


def test_a_class_that_the_network_has_not_is_refused() -> None:
    with pytest.raises(gn.OptionError, match=r"precision\(of=3\): there is no class 3; the network tells 0\.\.2 apart"):
        figure("precision(of=3)", (TRUE, outputs(PREDICTED)))


def test_targets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(gn.ShapeError, match=r"f1: targets of shape \(4,\) do not fit outputs of shape \(5, 3\)"):
        figure("f1", (np.zeros(4), np.zeros((5, 3))))
    with pytest.raises(gn.ShapeError, match=r"independent=True\): targets of shape \(5,\) do not fit"):
        figure("recall(independent=True)", (np.zeros(5), np.zeros((5, 3))))


@pytest.mark.parametrize("name", NAMES)
def test_higher_is_better(name: str) -> None:
    assert gn.create("metric", name).higher_is_better is True


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_and_an_evaluation_report_the_figure_of_the_pass(seed: int) -> None:
    # Class 1 for every x above 0, and steps too small to change that: 5 of 9 predictions of class 1 are right.
    x = np.arange(10.0)[:, None]
    y = np.array([0, 1, 1, 1, 0, 0, 0, 1, 1, 0])
    net = gn.Network(["dense(2, bias=False)", "softmax"]).build((1,), dtype="float64")
    net.flat_parameters[:] = [0.0, 1.0]
    history = net.fit(
        x, y, loss="cce", optimizer="sgd(lr=1e-30)", batch_size=4, metrics=["precision", "recall(of=0)"], seed=seed
    )
    assert history["precision"] == [5 / 9]
    assert history["recall(of=0)"] == [1 / 5]
    assert net.evaluate(x, y)["precision"] == 5 / 9


@pytest.mark.parametrize("name", ["f1", "precision", "recall"])
def test_samples_without_weight_have_no_mean_over_classes(name):
    """A progress bar reads the figures after the first batch, whose weights may all be 0."""
    metric = gn.create("metric", name).fresh()
    metric.update(np.array([0, 1, 2]), np.eye(3), sample_weight=np.zeros(3))
    assert np.isnan(metric.compute())
    metric.update(np.array([0]), np.eye(3)[:1], sample_weight=np.ones(1))
    assert metric.compute() == 1.0
