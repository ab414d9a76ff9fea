"""Residuals, and the importance of columns: values by hand, in closed form and beside scikit-learn."""

import numpy as np
import pytest
from sklearn.inspection import permutation_importance as theirs
from sklearn.linear_model import LinearRegression

import glassnet as gn
from glassnet_reports.permutation_importance import permutation_importance


def test_shuffling_a_column_of_a_linear_model_costs_twice_its_variance():
    """Fisher, Rudin and Dominici (2019), All Models are Wrong, but Many are Useful, JMLR 20, section 4.2."""
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(4000, 3)) * [1, 2, 3], np.array([1.0, -0.5, 0.0])
    y = x @ weights + rng.normal(size=4000)
    falls = permutation_importance(lambda values: -np.mean((y - values @ weights) ** 2), x, [[0], [1], [2]], repeats=20)
    # The mean square error grows by 2 w^2 var(x): 2 * 1 * 1, 2 * 0.25 * 4 and 0.
    np.testing.assert_allclose(falls.mean(axis=1), [2, 2, 0], atol=0.1)
    assert np.all(falls[2] == 0)


def test_the_importance_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 4))
    y = x @ [3.0, 0.0, 1.0, -1.0] + rng.normal(size=500)
    model = LinearRegression().fit(x, y)
    ours = permutation_importance(lambda values: model.score(values, y), x, [[0], [1], [2], [3]], repeats=50)
    expected = theirs(model, x, y, n_repeats=50, random_state=0)
    # Two draws of 50 orders each differ by their standard errors.
    error = 4 * np.hypot(ours.std(axis=1), expected.importances_std) / np.sqrt(50)
    assert np.all(np.abs(ours.mean(axis=1) - expected.importances_mean) <= error + 1e-12)


def test_columns_of_a_group_are_shuffled_together():
    x = np.repeat(np.arange(20.0)[:, None], 2, axis=1)
    seen = []
    permutation_importance(lambda values: seen.append(values.copy()) or 0.0, x, [[0, 1]], repeats=3)
    for shuffled in seen[1:]:
        np.testing.assert_array_equal(shuffled[:, 0], shuffled[:, 1])
        assert sorted(shuffled[:, 0]) == list(range(20))
        assert not np.array_equal(shuffled, x)
    np.testing.assert_array_equal(x[:, 0], np.arange(20))


def test_residuals_are_drawn_as_true_less_predicted():
    figure = gn.create("report", "residuals").of(np.array([3.0, 1.0]), np.array([2.0, 2.0]), name="price")
    beside, over, counted = figure.axes
    assert beside.get_title(loc="left") == "Predicted and true price"
    assert beside.collections[0].get_offsets().tolist() == [[3, 2], [1, 2]]
    assert over.collections[0].get_offsets().tolist() == [[2, 1], [2, -1]]
    assert counted.get_title(loc="left") == "Mean 0, rms 1"


def test_the_most_important_column_is_first_and_long_names_are_cut(tmp_path):
    falls = np.array([[0.1, 0.1], [0.3, 0.5], [0.0, 0.0]])
    path = tmp_path / "importance.svg"
    figure = gn.create("report", "importance").of(["age", "n" * 40, "id"], falls, path=path)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["n" * 29 + "…", "age", "id"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx([0.4, 0.1, 0.0])
    assert path.exists()
