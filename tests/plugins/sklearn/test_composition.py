"""Estimators within the tools of scikit-learn: pipelines, searches, calibration, importances, frames."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingClassifier, StackingRegressor, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import glassnet as gn

IRIS = load_iris(as_frame=True)
NAMES = IRIS.target_names[IRIS.target]


def classifier(**options):
    return gn.Classifier("dense(8) tanh", **{"optimizer": "adam(lr=0.02)", "epochs": 100, "random_state": 0, **options})


def regressor(**options):
    return gn.Regressor("dense(8) tanh", **{"optimizer": "adam(lr=0.02)", "epochs": 100, "random_state": 0, **options})


def test_cross_validation_of_a_pipeline_finds_the_classes():
    scores = cross_val_score(make_pipeline(StandardScaler(), classifier()), IRIS.data, NAMES)
    assert scores.mean() > 0.93


def test_a_grid_search_in_two_processes_finds_the_better_step_size():
    model = make_pipeline(StandardScaler(), classifier(epochs=40))
    grid = {"classifier__optimizer__lr": [1e-6, 0.02], "classifier__layers": ["dense(4) relu", "dense(8) tanh"]}
    search = GridSearchCV(model, grid, n_jobs=2, cv=3).fit(IRIS.data, NAMES)
    assert search.best_params_["classifier__optimizer__lr"] == 0.02
    assert search.best_score_ > 0.8
    alone = GridSearchCV(model, grid, cv=3).fit(IRIS.data, NAMES)
    assert alone.cv_results_["mean_test_score"].tolist() == search.cv_results_["mean_test_score"].tolist()


def test_a_random_search_draws_options_of_the_loss():
    search = RandomizedSearchCV(regressor(loss="huber"), {"loss__delta": [0.5, 1.0]}, n_iter=2, cv=2, random_state=0)
    x, y = load_diabetes(return_X_y=True)
    assert search.fit(x, y).best_estimator_.loss in ("huber(delta=0.5)", "huber")


def test_a_table_with_categories_goes_through_a_column_transformer():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"city": rng.choice(["Berlin", "Paris", "Rome"], 200), "size": rng.uniform(20, 200, 200)})
    price = frame["size"] * frame["city"].map({"Berlin": 2.0, "Paris": 4.0, "Rome": 1.0})
    columns = ColumnTransformer([("city", OneHotEncoder(), ["city"]), ("size", StandardScaler(), ["size"])])
    model = make_pipeline(columns, regressor(epochs=200)).fit(frame[:150], price[:150])
    assert model.score(frame[150:], price[150:]) > 0.95


def test_names_of_columns_are_kept_and_checked():
    model = classifier(epochs=1).fit(IRIS.data, NAMES)
    assert model.feature_names_in_.tolist() == list(IRIS.data.columns)
    assert model.n_features_in_ == 4
    with pytest.raises(ValueError, match="feature names"):
        model.predict(IRIS.data.rename(columns={"petal width (cm)": "width"}))


def test_set_output_gives_the_network_a_frame_with_names():
    model = make_pipeline(StandardScaler(), classifier(epochs=1)).set_output(transform="pandas").fit(IRIS.data, NAMES)
    assert model[-1].feature_names_in_.tolist() == list(IRIS.data.columns)
    assert model.predict(IRIS.data).shape == (150,)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_probabilities_are_calibrated(method):
    calibrated = CalibratedClassifierCV(classifier(), method=method, cv=3).fit(IRIS.data, NAMES)
    np.testing.assert_allclose(calibrated.predict_proba(IRIS.data).sum(axis=1), 1)
    assert calibrated.score(IRIS.data, NAMES) > 0.9


def test_a_classifier_without_probabilities_is_calibrated_by_its_scores():
    calibrated = CalibratedClassifierCV(classifier(loss="hinge"), cv=3).fit(IRIS.data, NAMES)
    assert calibrated.score(IRIS.data, NAMES) > 0.9


def test_the_column_that_the_targets_are_made_of_is_the_most_important():
    x = np.random.default_rng(0).normal(size=(200, 4))
    model = regressor(epochs=100).fit(x, 3 * x[:, 2])
    importances = permutation_importance(model, x, 3 * x[:, 2], n_repeats=3, random_state=0).importances_mean
    assert importances.argmax() == 2
    assert importances[2] > 10 * np.delete(importances, 2).max()


def test_networks_take_part_in_ensembles():
    voting = VotingClassifier([("net", classifier()), ("line", LogisticRegression(max_iter=1000))], voting="soft")
    assert voting.fit(IRIS.data, NAMES).score(IRIS.data, NAMES) > 0.9
    bagging = BaggingClassifier(classifier(), 3, random_state=0)
    assert bagging.fit(IRIS.data, NAMES).score(IRIS.data, NAMES) > 0.9
    x, y = load_diabetes(return_X_y=True)
    stacking = StackingRegressor([("net", regressor()), ("line", LinearRegression())], cv=3)
    assert stacking.fit(x, y).score(x, y) > 0.4


def test_targets_of_several_classes_each_take_a_network_each():
    y = np.stack([NAMES, np.where(IRIS.target == 0, "small", "large")], axis=1)
    model = MultiOutputClassifier(classifier()).fit(IRIS.data, y)
    assert model.predict(IRIS.data).shape == (150, 2)
    assert model.score(IRIS.data, y) > 0.9


def test_targets_can_be_transformed_around_a_regressor():
    x = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    y = np.exp(3 * x[:, 0])
    model = TransformedTargetRegressor(regressor(epochs=200), func=np.log, inverse_func=np.exp).fit(x, y)
    assert model.score(x, y) > 0.98
