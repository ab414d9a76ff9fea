"""The curves of binary classification, beside scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import calibration, metrics

import glassnet as gn
from glassnet_reports.threshold_curves import (
    area_under,
    average_precision,
    best_f1_threshold,
    brier_score,
    calibration_curve,
    precision_recall_curve,
    roc_curve,
)


def drawn(seed, steps, samples=60):
    """Labels, and probabilities with as many ties as there are few steps."""
    rng = np.random.default_rng(seed)
    true = rng.permutation(np.arange(samples) % 3 == 0).astype(int)
    return true, np.round(np.clip(0.3 * true + 0.6 * rng.random(samples), 0, 1) * steps) / steps


CASES = [drawn(seed, steps) for seed in range(5) for steps in (1, 4, 10**6)]


@pytest.mark.parametrize(("true", "scores"), CASES)
def test_the_roc_curve_and_its_area_are_those_of_scikit_learn(true, scores):
    false_alarms, hits, thresholds = roc_curve(true, scores)
    theirs = metrics.roc_curve(true, scores, drop_intermediate=False)
    for ours, expected in zip((false_alarms, hits, thresholds), theirs, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    assert area_under(false_alarms, hits) == pytest.approx(metrics.roc_auc_score(true, scores), rel=1e-12)


@pytest.mark.parametrize(("true", "scores"), CASES)
def test_precision_and_recall_are_those_of_scikit_learn(true, scores):
    precision, recall, thresholds = precision_recall_curve(true, scores)
    theirs = metrics.precision_recall_curve(true, scores)
    # Theirs go from the lowest threshold to the highest, and end in a point of precision 1 and recall 0.
    np.testing.assert_allclose(precision, theirs[0][-2::-1], rtol=1e-12)
    np.testing.assert_allclose(recall, theirs[1][-2::-1], rtol=1e-12)
    np.testing.assert_allclose(thresholds, theirs[2][::-1], rtol=1e-12)
    expected = metrics.average_precision_score(true, scores)
    assert average_precision(precision, recall) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("true", "scores"), CASES)
def test_no_other_threshold_has_a_better_f1(true, scores):
    best = metrics.f1_score(true, scores >= best_f1_threshold(true, scores))
    assert best == pytest.approx(max(metrics.f1_score(true, scores >= each) for each in np.unique(scores)))


@pytest.mark.parametrize(("true", "scores"), [case for case in CASES if len(np.unique(case[1])) > 5])
def test_calibration_and_brier_score_are_those_of_scikit_learn(true, scores):
    means, shares, samples = calibration_curve(true, scores, 10)
    expected_shares, expected_means = calibration.calibration_curve(true, scores, n_bins=10)
    np.testing.assert_allclose(means, expected_means, rtol=1e-12)
    np.testing.assert_allclose(shares, expected_shares, rtol=1e-12)
    assert samples.sum() == len(true)
    assert brier_score(true, scores) == pytest.approx(metrics.brier_score_loss(true, scores), rel=1e-12)


def test_four_samples_by_hand():
    true, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    false_alarms, hits, thresholds = roc_curve(true, scores)
    assert false_alarms.tolist() == [0, 0, 0.5, 0.5, 1]
    assert hits.tolist() == [0, 0.5, 0.5, 1, 1]
    assert thresholds.tolist() == [np.inf, 0.8, 0.4, 0.35, 0.1]
    assert area_under(false_alarms, hits) == 0.75
    # At 0.35: 2 of 3 are right, and both are found, so F1 = 2 (2/3) / (5/3) = 0.8.
    assert best_f1_threshold(true, scores) == 0.35


def test_probabilities_of_0_and_1_are_in_the_outer_bins():
    means, shares, samples = calibration_curve(np.array([0, 1, 1]), np.array([0.0, 0.5, 1.0]), 2)
    assert means.tolist() == [0.0, 0.75]
    assert shares.tolist() == [0.0, 1.0]
    assert samples.tolist() == [1, 2]


@pytest.mark.parametrize("report", ["roc", "precision_recall", "calibration"])
def test_a_picture_names_the_class_and_the_threshold(report, tmp_path):
    true, scores = drawn(0, 10**6)
    path = tmp_path / "picture.png"
    figure = gn.create("report", report).of(true, scores, threshold=0.4, name="ill", path=path)
    panel = figure.axes[0]
    assert "ill" in panel.get_title(loc="left")
    legends = [text.get_text() for each in figure.axes if each.get_legend() for text in each.get_legend().get_texts()]
    assert any("threshold 0.40" in text for text in legends)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_the_marks_are_where_the_thresholds_are():
    true, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    figure = gn.create("report", "roc").of(true, scores, threshold=0.5)
    in_use, best = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    # At 0.5 one of the two is found, without a false alarm; at 0.35 both, with one of two.
    assert (*in_use.get_xdata(), *in_use.get_ydata()) == (0, 0.5)
    assert (*best.get_xdata(), *best.get_ydata()) == (0.5, 1)
