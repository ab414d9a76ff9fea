"""The regressor: the unit of its predictions, several outputs, and how samples count."""

import warnings

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_diabetes, load_linnerud, make_friedman1
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score

import glassnet as gn

X, Y = load_diabetes(return_X_y=True, scaled=False)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def fitted(x=X, y=Y, layers="dense(8) tanh", **options):
    return gn.Regressor(layers, **{"regularizer": None, "random_state": 0, "epochs": 50, **options}).fit(x, y)


def test_without_hidden_layers_lbfgs_finds_the_least_squares():
    regressor = fitted(layers="", optimizer="lbfgs", batch_size=len(X), epochs=100, n_iter_no_change=None)
    np.testing.assert_allclose(regressor.predict(X), LinearRegression().fit(X, Y).predict(X), rtol=1e-5)


@pytest.mark.parametrize("is_scaled", [True, False])
def test_the_least_absolute_error_of_a_constant_is_the_median(is_scaled):
    y = np.array([1.0, 2.0, 3.0, 50.0, 1000.0])
    regressor = fitted(
        np.zeros((5, 1)),
        y,
        "",
        loss="mae",
        optimizer="sgd(lr=0.01)",
        epochs=2000,
        n_iter_no_change=None,
        scale_targets=is_scaled,
    )
    tolerance = 0.01 * 4 * (y.std() if is_scaled else 1)  # the size of a step
    assert regressor.predict([[0.0]])[0] == pytest.approx(3, abs=tolerance)


def test_predictions_do_not_depend_on_the_unit_of_the_targets():
    metres, millimetres = fitted(y=Y), fitted(y=1000 * Y + 7)
    np.testing.assert_allclose(millimetres.predict(X), 1000 * metres.predict(X) + 7, rtol=1e-6)
    np.testing.assert_allclose(millimetres.loss_curve_, metres.loss_curve_, rtol=1e-6)


def test_losses_count_standard_deviations_unless_targets_are_not_scaled():
    options = {"epochs": 1, "batch_size": len(X), "optimizer": "sgd(lr=1e-12)"}
    scaled, plain = fitted(**options), fitted(scale_targets=False, **options)
    assert scaled.loss_ == pytest.approx(mean_squared_error(Y, scaled.predict(X)) / Y.var(), rel=1e-6)
    assert plain.loss_ == pytest.approx(mean_squared_error(Y, plain.predict(X)), rel=1e-6)


def test_several_outputs_are_each_standardized_and_keep_their_shape():
    x, y = load_linnerud(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    regressor = fitted(x, y * [1, 1000, 0.001], epochs=300)
    assert regressor.predict(x).shape == (20, 3)
    assert regressor.n_outputs_ == 3
    each = r2_score(y * [1, 1000, 0.001], regressor.predict(x), multioutput="raw_values")
    assert each.min() > 0.1


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_predictions_have_the_shape_of_the_targets(shape):
    assert fitted(y=Y.reshape(shape), epochs=1).predict(X[:4]).shape == Y[:4].reshape(shape).shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_have_the_precision_of_the_samples(dtype):
    assert fitted(X.astype(dtype), epochs=1).predict(X[:4].astype(dtype)).dtype == dtype
    assert fitted(dtype="float32", epochs=1).network_.dtype == np.float32


def test_weights_count_like_repetitions():
    weights = np.arange(len(X)) % 3
    options = {"epochs": 10, "batch_size": 10_000, "n_iter_no_change": None, "random_state": 0}
    weighted = gn.Regressor(**options).fit(X, Y, sample_weight=weights)
    repeated = gn.Regressor(**options).fit(np.repeat(X, weights, axis=0), np.repeat(Y, weights))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-9)


def test_constant_targets_are_predicted():
    np.testing.assert_allclose(fitted(y=np.full(len(X), 1e6), epochs=300).predict(X), 1e6, rtol=1e-5)


def test_validation_scores_are_r2_in_the_unit_of_the_targets():
    regressor = fitted(X[100:], Y[100:], validation=(X[:100], Y[:100]), epochs=5)
    assert len(regressor.validation_scores_) == 5
    assert regressor.validation_scores_[-1] == regressor.score(X[:100], Y[:100])


def test_early_stopping_goes_back_to_the_epoch_of_the_lowest_loss():
    x, y = make_friedman1(150, noise=3, random_state=0)
    regressor = fitted(x, y, "dense(64) relu", early_stopping=True, validation=0.3, epochs=500, tol=0)
    losses = regressor.validation_loss_curve_
    assert regressor.n_iter_ == np.argmin(losses) + 1 + 10 < 500
    assert regressor.best_validation_score_ == pytest.approx(max(regressor.validation_scores_))


def test_training_stops_where_the_loss_no_longer_falls():
    assert fitted(np.zeros((20, 1)), np.ones(20), epochs=500).n_iter_ < 500
    assert fitted(np.zeros((20, 1)), np.ones(20), epochs=300, n_iter_no_change=None).n_iter_ == 300


def test_calls_of_partial_fit_are_the_epochs_of_one_fit():
    whole = fitted(epochs=3, n_iter_no_change=None)
    parts = gn.Regressor("dense(8) tanh", random_state=0)
    for _ in range(3):
        parts.partial_fit(X, Y)
    assert (parts.predict(X) == whole.predict(X)).all()


def test_other_output_layers_can_be_given():
    regressor = fitted(y=np.exp(Y / 100), output_layers="dense(1) softplus", scale_targets=False)
    assert repr(regressor.network_.layers[-1]) == "softplus"
    assert (regressor.predict(10 * X) > 0).all()


def test_another_number_of_outputs_is_an_error():
    with pytest.raises(ValueError, match="y has 2 columns, and the regressor knows 1"):
        fitted(epochs=1).partial_fit(X, np.stack([Y, Y], axis=1))


@pytest.mark.parametrize("samples", [40, 400])
def test_the_usual_penalty_is_one_over_the_number_of_samples(samples):
    x = np.linspace(-1, 1, samples)[:, None]
    y = 2 * x[:, 0]
    model = gn.Regressor("", optimizer="lbfgs", batch_size=samples, n_iter_no_change=None, scale_targets=False).fit(
        x, y
    )
    # The slope w is the least of mean((w x - 2 x)^2) + s w^2: w = 2 mean(x^2) / (mean(x^2) + s).
    spread, strength = np.mean(x**2), max(samples, 100) ** -1
    assert model.network_.parameters["0.weights"].item() == pytest.approx(2 * spread / (spread + strength), rel=1e-4)


def test_nothing_is_predicted_before_fit():
    with pytest.raises(NotFittedError):
        gn.Regressor().predict(X)


FRAME = pandas.DataFrame(X[:60], columns=list("abcdefghij"))
TARGET = pandas.Series(Y[:60])
CLASSES = TARGET.gt(TARGET.median())
ESTIMATORS = {
    "regressor": lambda: (gn.Regressor("", epochs=1), TARGET),
    "classifier": lambda: (gn.Classifier("", epochs=1), CLASSES),
}
ORDERED = {
    "fit": lambda model, y, other: model.fit(FRAME, other),
    "partial_fit": lambda model, y, other: model.partial_fit(FRAME, other),
    "score": lambda model, y, other: model.fit(FRAME, y).score(FRAME, other),
    "validation": lambda model, y, other: model.set_params(validation=(FRAME, other)).fit(FRAME, y),
    "weights": lambda model, y, other: model.fit(FRAME, y, sample_weight=other * 1.0 + 1),
}


@pytest.mark.parametrize("use", ORDERED)
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_rows_in_another_order_are_warned_of_once(kind, use):
    (model, y), other = ESTIMATORS[kind](), ESTIMATORS[kind]()[1].sample(frac=1, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ORDERED[use](model, y, other)
    assert ["have the same index in another order" in str(each.message) for each in caught] == [True]
    for right in (y, other.loc[y.index], other.reset_index(drop=True)):
        ORDERED[use](ESTIMATORS[kind]()[0], y, right)


@pytest.mark.parametrize("name", ["X", "y", "sample_weight"])
def test_masked_values_are_refused_and_not_trained_on(name):
    given = {"X": np.ones((4, 2)), "y": np.arange(4.0), "sample_weight": np.ones(4)}
    mask = np.zeros(given[name].shape, bool)
    mask[2] = True
    given[name] = np.ma.array(given[name], mask=mask)
    with pytest.raises(gn.DataError, match=f"{name} has masked values, the first at sample 2"):
        gn.Regressor("", epochs=1).fit(**given)


def test_masked_values_are_refused_and_not_predicted_from():
    regressor = fitted(epochs=1, n_iter_no_change=None)
    with pytest.raises(gn.DataError, match="X has masked values, the first at sample 1"):
        regressor.predict(np.ma.array(X[:2], mask=[[False] * 10, [True] * 10]))
    np.testing.assert_array_equal(regressor.predict(np.ma.array(X[:2])), regressor.predict(X[:2]))
