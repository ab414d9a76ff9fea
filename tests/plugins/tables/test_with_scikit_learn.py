"""Transforms and whole tables beside scikit-learn: the same columns, the same rows, the same figures."""

import warnings

import numpy as np
import pandas
import pytest
from messy_tables import homes
from sklearn import preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline

import glassnet as gn

RNG = np.random.default_rng(0)
TRAIN, NEW = RNG.lognormal(0, 2, (200, 3)), RNG.lognormal(0, 2, (50, 3))
WITH_GAPS = np.where(RNG.random((200, 3)) < 0.2, np.nan, TRAIN)


def transformed(spec, train, new):
    transform = gn.create("transform", spec)
    state = transform.fit(train)
    return transform.transform(new, state)


@pytest.mark.parametrize(
    ("spec", "peer"),
    [
        ("standardize", preprocessing.StandardScaler()),
        ("min_max", preprocessing.MinMaxScaler()),
        ("min_max(low=-1.0)", preprocessing.MinMaxScaler((-1, 1))),
        ("robust_scale", preprocessing.RobustScaler()),
        ("quantile", preprocessing.QuantileTransformer(n_quantiles=200)),
        ("quantile(quantiles=20)", preprocessing.QuantileTransformer(n_quantiles=20)),
    ],
)
def test_scaling_is_that_of_scikit_learn_and_so_is_the_way_back(spec, peer):
    peer.fit(TRAIN)
    found = transformed(spec, TRAIN, NEW)
    np.testing.assert_allclose(found, peer.transform(NEW), rtol=1e-10, atol=1e-12)
    transform = gn.create("transform", spec)
    back = transform.inverse(found, transform.fit(TRAIN))
    np.testing.assert_allclose(back, peer.inverse_transform(found), rtol=1e-10)


@pytest.mark.parametrize(
    ("spec", "strategy"),
    [
        ("impute", {"strategy": "median"}),
        ("impute(by='mean')", {"strategy": "mean"}),
        ("impute(by='mode')", {"strategy": "most_frequent"}),
        ("impute(by='constant', value=-7.0)", {"strategy": "constant", "fill_value": -7.0}),
        ("impute(indicator=True)", {"strategy": "median", "add_indicator": True}),
    ],
)
def test_gaps_are_filled_as_scikit_learn_fills_them(spec, strategy):
    rounded = np.round(WITH_GAPS)  # so that there is a most frequent value
    new = np.where(RNG.random(NEW.shape) < 0.3, np.nan, NEW)
    expected = SimpleImputer(**strategy).fit(rounded).transform(new)
    np.testing.assert_array_equal(transformed(spec, rounded, new), expected)


def test_scaling_leaves_gaps_out_as_scikit_learn_does():
    expected = preprocessing.StandardScaler().fit(WITH_GAPS)
    state = gn.create("transform", "standardize").fit(WITH_GAPS)
    np.testing.assert_allclose(state["mean"], expected.mean_, rtol=1e-12)
    np.testing.assert_allclose(state["std"], expected.scale_, rtol=1e-12)


WORDS = np.array(["b", "a", "b", "d", "c", "b", "a", None], object)


def test_one_hot_is_that_of_scikit_learn_for_unknown_categories_too():
    known, new = WORDS[:-1], np.array(["a", "z", "d"], object)
    peer = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(known[:, np.newaxis])
    np.testing.assert_array_equal(transformed("one_hot", known, new), peer.transform(new[:, np.newaxis]))


def test_rare_categories_share_an_output_as_in_scikit_learn():
    known, new = WORDS[:-1], np.array(["a", "b", "c", "d", "z"], object)
    peer = preprocessing.OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, sparse_output=False).fit(
        known[:, np.newaxis]
    )
    found = transformed("one_hot(max_categories=3)", known, new)
    np.testing.assert_array_equal(found, peer.transform(new[:, np.newaxis]))


def test_ordinals_are_those_of_scikit_learn():
    known, new = WORDS[:-1], np.array(["d", "a", "z"], object)
    peer = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(known[:, np.newaxis])
    np.testing.assert_array_equal(transformed("ordinal", known, new), peer.transform(new[:, np.newaxis]))


def columns_by_hand():
    """Return the columns of the table of homes as scikit-learn makes them."""
    return ColumnTransformer(
        [
            ("city", preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
            (
                "size",
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), preprocessing.StandardScaler()),
                ["size"],
            ),
            ("floor", make_pipeline(SimpleImputer(strategy="median"), preprocessing.StandardScaler()), ["floor"]),
        ]
    )


def frame(rows, seed):
    rng = np.random.default_rng(seed)
    made = pandas.DataFrame(homes(rows, seed)).drop(columns=["built", "garden", "id"])
    made["floor"] = rng.integers(0, 9, rows)
    made.loc[rng.random(rows) < 0.1, "size"] = np.nan
    made["dear"] = np.where(made["rent"] > 3000, "dear", "cheap")
    return made


def test_the_figures_of_a_classification_are_those_by_hand():
    table, new = frame(300, 1), frame(80, 2)
    features = ["city", "size", "floor"]
    net = gn.Network("dense(8) relu dense(2) softmax")
    net.fit(table[[*features, "dear"]], target="dear", epochs=20, seed=3, progress=False)
    by_hand = columns_by_hand().fit(table)
    plain = gn.Network("dense(8) relu dense(2) softmax")
    x = by_hand.transform(table).astype(np.float32)
    y = (table["dear"] == "dear").astype(int).to_numpy()
    plain.fit(x, y, loss="categorical_crossentropy", optimizer="adam", epochs=20, seed=3, progress=False)
    expected = plain.predict(by_hand.transform(new).astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gn.GlassnetWarning)  # the column rent is not one of the training
        np.testing.assert_allclose(net.predict(new), expected, atol=1e-6)
        accuracy = net.evaluate(new)["accuracy"]
    names = np.array(["cheap", "dear"])[expected.argmax(axis=1)]
    assert accuracy == pytest.approx(accuracy_score(new["dear"], names), abs=1e-6)


def test_the_figures_of_a_regression_are_those_by_hand_in_its_units():
    table, new = frame(300, 1), frame(80, 2)
    features = ["city", "size", "floor"]
    net = gn.Network("dense(8) tanh dense(1)")
    net.fit(table[features], table["rent"], epochs=20, seed=3, progress=False)
    by_hand = columns_by_hand().fit(table)
    scale = preprocessing.StandardScaler().fit(table[["rent"]])
    plain = gn.Network("dense(8) tanh dense(1)")
    y = scale.transform(table[["rent"]]).astype(np.float32)
    x = by_hand.transform(table).astype(np.float32)
    plain.fit(x, y, loss="mse", optimizer="adam", epochs=20, seed=3, progress=False)
    expected = scale.inverse_transform(plain.predict(by_hand.transform(new).astype(np.float32)))[:, 0]
    np.testing.assert_allclose(net.predict(new[features]), expected, rtol=1e-6)
    figures = net.evaluate(new[features], new["rent"])
    assert figures["r2"] == pytest.approx(r2_score(new["rent"], expected), abs=1e-6)
    assert figures["mean_absolute_error"] == pytest.approx(mean_absolute_error(new["rent"], expected), rel=1e-6)
