"""Metrics beside scikit-learn, over drawn outputs with many ties, classes that do not occur, and drawn batches."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import difference

sklearn = pytest.importorskip(
    "sklearn.metrics", reason="compared live where scikit-learn is installed; committed values always"
)

EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**16)
samples = st.integers(1, 40)
dtypes = st.sampled_from(["float32", "float64"])
# Outputs rounded to this number of steps have ties; with one step all are equal.
steps = st.sampled_from([1, 2, 5, 10**6])
averages = st.sampled_from(["auto", "macro", "micro", "weighted"])
SCORES = {"precision": "precision_score", "recall": "recall_score", "f1": "f1_score"}


def figure(spec: str, y_true: gn.Array, y_pred: gn.Array, seed: int, weights: gn.Array | None = None) -> Any:
    """Return our figure, over batches of any size."""
    metric = gn.create("metric", spec).fresh()
    rng, start = np.random.default_rng(seed), 0
    while start < len(y_true):
        end = start + int(rng.integers(1, 12))
        metric.update(y_true[start:end], y_pred[start:end], None if weights is None else weights[start:end])
        start = end
    return metric.compute()


def agree(
    spec: str,
    y_true: gn.Array,
    y_pred: gn.Array,
    seed: int,
    expected: Any,
    *,
    least: float = 0.0,
    weights: gn.Array | None = None,
) -> None:
    """Compare our figure with theirs; NaN equals NaN. The type of the outputs is what was computed with."""
    component = f"metric:{spec.partition('(')[0]}"
    ours = figure(spec, y_true, y_pred, seed, weights)
    assert difference(component, ours, expected, least=least, dtype=y_pred.dtype.name) <= 1e-12


def theirs(name: str, *arguments: Any, **options: Any) -> Any:
    """Return scikit-learn's figure without its warnings, such as of a class that is never predicted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(sklearn, name)(*arguments, **options)


class Classified:
    """Targets and outputs of a classification."""

    def __init__(self, count: int, classes: int, known: int, steps: int, dtype: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.classes, self.seed = classes, seed
        # Only some of the classes occur.
        self.labels = rng.permutation(classes)[: max(1, known)][rng.integers(0, max(1, min(known, classes)), count)]
        self.rows = (np.ceil(rng.uniform(size=(count, classes)) * steps) / steps).astype(dtype)
        self.predicted = self.rows.argmax(axis=1)


class Answered:
    """Targets and outputs of a yes-or-no question: one output, and the same as two."""

    def __init__(self, count: int, share: float, steps: int, dtype: str, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.seed = seed
        self.yes = (rng.uniform(size=count) < share).astype(int)
        self.one = (np.ceil(rng.uniform(size=(count, 1)) * steps) / steps).astype(dtype)
        self.two = np.hstack([1 - self.one, self.one])
        self.predicted = (self.one[:, 0] > 0.5).astype(int)


classified = st.builds(Classified, samples, st.integers(3, 6), st.integers(1, 6), steps, dtypes, seeds)
answered = st.builds(Answered, samples, st.sampled_from([0.0, 0.1, 0.5, 1.0]), steps, dtypes, seeds)


@pytest.mark.parametrize("name", SCORES)
@EXAMPLES
@given(data=classified, average=averages, one_hot=st.booleans())
def test_figures_of_classes(name: str, data: Classified, average: str, one_hot: bool) -> None:
    y_true = np.eye(data.classes)[data.labels] if one_hot else data.labels
    expected = theirs(
        SCORES[name], data.labels, data.predicted, average="macro" if average == "auto" else average, zero_division=0
    )
    agree(f"{name}('{average}')", y_true, data.rows, data.seed, expected)
    by_class = theirs(
        SCORES[name], data.labels, data.predicted, average=None, labels=range(data.classes), zero_division=0
    )
    for label in range(data.classes):
        agree(f"{name}(of={label})", y_true, data.rows, data.seed, by_class[label])


@pytest.mark.parametrize("name", SCORES)
@EXAMPLES
@given(data=answered, average=averages, column=st.booleans())
def test_figures_of_yes_and_no(name: str, data: Answered, average: str, column: bool) -> None:
    y_true = data.yes[:, None].astype(float) if column else data.yes
    expected = theirs(
        SCORES[name], data.yes, data.predicted, average="binary" if average == "auto" else average, zero_division=0
    )
    agree(f"{name}('{average}')", y_true, data.one, data.seed, expected)
    of_two = theirs(
        SCORES[name],
        data.yes,
        data.two.argmax(axis=1),
        average="binary" if average == "auto" else average,
        zero_division=0,
    )
    agree(f"{name}('{average}')", data.yes, data.two, data.seed, of_two)


@pytest.mark.parametrize("name", SCORES)
@EXAMPLES
@given(
    count=samples,
    questions=st.integers(2, 5),
    share=st.floats(0, 1),
    average=st.sampled_from(["macro", "micro", "weighted"]),
    seed=seeds,
)
def test_figures_of_independent_answers(
    name: str, count: int, questions: int, share: float, average: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true = (rng.uniform(size=(count, questions)) < share).astype(int)
    y_pred = rng.uniform(size=(count, questions))
    expected = theirs(SCORES[name], y_true, (y_pred > 0.5).astype(int), average=average, zero_division=0)
    agree(f"{name}('{average}', independent=True)", y_true, y_pred, seed, expected)


@EXAMPLES
@given(data=classified, one_hot=st.booleans())
def test_accuracy_and_confusion_matrix_of_classes(data: Classified, one_hot: bool) -> None:
    y_true = np.eye(data.classes)[data.labels] if one_hot else data.labels
    agree("accuracy", y_true, data.rows, data.seed, theirs("accuracy_score", data.labels, data.predicted))
    counts = theirs("confusion_matrix", data.labels, data.predicted, labels=range(data.classes))
    agree("confusion_matrix", y_true, data.rows, data.seed, counts)


@EXAMPLES
@given(data=answered, threshold=st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]))
def test_accuracy_of_yes_and_no_above_a_threshold(data: Answered, threshold: float) -> None:
    # Outputs in steps of a fifth lie on the threshold, too.
    expected = theirs("accuracy_score", data.yes, data.one[:, 0] > threshold)
    agree(f"accuracy(threshold={threshold})", data.yes, data.one, data.seed, expected)


@EXAMPLES
@given(data=answered)
def test_accuracy_and_confusion_matrix_of_yes_and_no(data: Answered) -> None:
    agree("accuracy", data.yes, data.one, data.seed, theirs("accuracy_score", data.yes, data.predicted))
    counts = theirs("confusion_matrix", data.yes, data.predicted, labels=range(2))
    agree("confusion_matrix", data.yes, data.one, data.seed, counts)


@EXAMPLES
@given(data=answered)
def test_auc_of_yes_and_no(data: Answered) -> None:
    # NaN in both where only one class occurs.
    expected = theirs("roc_auc_score", data.yes, data.one[:, 0])
    for y_pred in (data.one, data.two):
        agree("auc", data.yes, y_pred, data.seed, expected)


@EXAMPLES
@given(data=classified)
def test_auc_of_classes(data: Classified) -> None:
    # Class by class, because scikit-learn has none where a class does not occur.
    by_class = [theirs("roc_auc_score", data.labels == label, data.rows[:, label]) for label in range(data.classes)]
    known = [area for area in by_class if not np.isnan(area)]
    expected = np.mean(known) if known else np.nan
    agree("auc", data.labels, data.rows, data.seed, expected)


@EXAMPLES
@given(count=st.integers(6, 40), steps=steps, seed=seeds)
def test_auc_of_classes_that_all_occur(count: int, steps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(3), rng.integers(0, 3, count - 3)])
    rows = np.ceil(rng.uniform(size=(count, 3)) * steps)
    rows /= rows.sum(axis=1, keepdims=True)
    expected = theirs("roc_auc_score", labels, rows, multi_class="ovr", average="macro")
    agree("auc", labels, rows, seed, expected)


@EXAMPLES
@given(data=classified, k=st.integers(1, 7))
def test_top_k(data: Classified, k: int) -> None:
    # Of equals, scikit-learn takes the last class and we the first: in reverse they agree.
    expected = theirs(
        "top_k_accuracy_score",
        data.classes - 1 - data.labels,
        data.rows[:, ::-1],
        k=k,
        labels=range(data.classes),
    )
    agree(f"top_k({k})", data.labels, data.rows, data.seed, expected)


@EXAMPLES
@given(
    count=st.integers(2, 40),
    outputs=st.integers(1, 4),
    offset=st.sampled_from([0.0, 1.0, 1e6]),
    scale=st.sampled_from([0.0, 1e-3, 1.0, 100.0]),
    error=st.sampled_from([0.0, 1e-3, 10.0]),
    dtype=dtypes,
    seed=seeds,
)
def test_figures_of_regression(
    count: int, outputs: int, offset: float, scale: float, error: float, dtype: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    # Constant targets are the degenerate case; whole numbers, so that scikit-learn's mean of them is exact.
    y_true = (offset + np.round(scale * rng.normal(size=(count, outputs)) * 1024) / 1024).astype(dtype)
    y_pred = (y_true + np.round(error * rng.normal(size=(count, outputs)) * 1024) / 1024).astype(dtype)
    exact = y_true.astype(float), y_pred.astype(float)
    expected = theirs("r2_score", *exact)
    # It is 1 less a quotient: where that is near 1, it counts by the 1.
    agree("r2", y_true, y_pred, seed, expected, least=1.0)
    squared = theirs("mean_squared_error", *exact)
    agree("mean_squared_error", y_true, y_pred, seed, squared)
    agree("root_mean_squared_error", y_true, y_pred, seed, np.sqrt(squared))
    absolute = theirs("mean_absolute_error", *exact)
    agree("mean_absolute_error", y_true, y_pred, seed, absolute)
    if outputs == 1:
        of_root = theirs("root_mean_squared_error", *exact)
        agree("root_mean_squared_error", y_true, y_pred, seed, of_root)


def weights_for(count: int, seed: int) -> gn.Array:
    """Return weights of which each is above 0: of a class whose samples all have weight 0 we take no notice."""
    return np.random.default_rng(seed + 1).uniform(0.1, 4, count)


@EXAMPLES
@given(data=classified, average=averages, k=st.integers(1, 6))
def test_weighted_figures_of_classes(data: Classified, average: str, k: int) -> None:
    weights = weights_for(len(data.labels), data.seed)
    given = {"sample_weight": weights}
    theirs_of = "macro" if average == "auto" else average
    for name, score in SCORES.items():
        expected = theirs(score, data.labels, data.predicted, average=theirs_of, zero_division=0, **given)
        agree(f"{name}('{average}')", data.labels, data.rows, data.seed, expected, weights=weights)
    expected = theirs("accuracy_score", data.labels, data.predicted, **given)
    agree("accuracy", data.labels, data.rows, data.seed, expected, weights=weights)
    table = theirs("confusion_matrix", data.labels, data.predicted, labels=range(data.classes), **given)
    agree("confusion_matrix", data.labels, data.rows, data.seed, table, weights=weights)
    turned = data.classes - 1 - data.labels, data.rows[:, ::-1]
    expected = theirs("top_k_accuracy_score", *turned, k=k, labels=range(data.classes), **given)
    agree(f"top_k({k})", data.labels, data.rows, data.seed, expected, weights=weights)


@EXAMPLES
@given(data=answered, average=averages)
def test_weighted_figures_of_yes_and_no(data: Answered, average: str) -> None:
    weights = weights_for(len(data.yes), data.seed)
    given = {"sample_weight": weights}
    theirs_of = "binary" if average == "auto" else average
    for name, score in SCORES.items():
        expected = theirs(score, data.yes, data.predicted, average=theirs_of, zero_division=0, **given)
        agree(f"{name}('{average}')", data.yes, data.one, data.seed, expected, weights=weights)
    expected = theirs("accuracy_score", data.yes, data.predicted, **given)
    agree("accuracy", data.yes, data.one, data.seed, expected, weights=weights)
    table = theirs("confusion_matrix", data.yes, data.predicted, labels=range(2), **given)
    agree("confusion_matrix", data.yes, data.one, data.seed, table, weights=weights)
    expected = theirs("roc_auc_score", data.yes, data.one[:, 0], **given)
    agree("auc", data.yes, data.one, data.seed, expected, weights=weights)


@EXAMPLES
@given(count=st.integers(6, 40), seed=seeds)
def test_weighted_auc_of_classes(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(3), rng.integers(0, 3, count - 3)])
    rows = rng.dirichlet(np.ones(3), count)
    weights = weights_for(count, seed)
    expected = theirs("roc_auc_score", labels, rows, multi_class="ovr", average="macro", sample_weight=weights)
    agree("auc", labels, rows, seed, expected, weights=weights)


@EXAMPLES
@given(count=samples, questions=st.integers(2, 5), average=st.sampled_from(["macro", "micro", "weighted"]), seed=seeds)
def test_weighted_figures_of_independent_answers(count: int, questions: int, average: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(0, 2, (count, questions)), rng.uniform(size=(count, questions))
    weights = weights_for(count, seed)
    for name, score in SCORES.items():
        expected = theirs(score, y_true, y_pred > 0.5, average=average, zero_division=0, sample_weight=weights)
        agree(f"{name}('{average}', independent=True)", y_true, y_pred, seed, expected, weights=weights)


@EXAMPLES
@given(count=st.integers(2, 40), outputs=st.integers(1, 4), dtype=dtypes, seed=seeds)
def test_weighted_figures_of_regression(count: int, outputs: int, dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true = rng.normal(size=(count, outputs)).astype(dtype)
    y_pred = (y_true + rng.normal(size=(count, outputs))).astype(dtype)
    weights = weights_for(count, seed)
    exact = y_true.astype(float), y_pred.astype(float)
    squared = theirs("mean_squared_error", *exact, sample_weight=weights)
    agree("mean_squared_error", y_true, y_pred, seed, squared, weights=weights)
    agree("root_mean_squared_error", y_true, y_pred, seed, np.sqrt(squared), weights=weights)
    expected = theirs("mean_absolute_error", *exact, sample_weight=weights)
    agree("mean_absolute_error", y_true, y_pred, seed, expected, weights=weights)
    expected = theirs("r2_score", *exact, sample_weight=weights)
    # A sum of squares of about one, whose terms are larger where the targets are alike.
    agree("r2", y_true, y_pred, seed, expected, least=1.0, weights=weights)
