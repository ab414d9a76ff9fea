from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def context(*, training=True, step=0, seed=0, dtype="float32"):
    with gn.Network(["flatten"]).build((1,), dtype=dtype).workspace(training=training, step=step, seed=seed) as ctx:
        return ctx


def dropped(rate, *, shape=(200, 500), **options):
    """The output of dropout for ones."""
    x = np.ones(shape, options.get("dtype", "float32"))
    return gn.layers.dropout(rate).forward({}, x, context(**options))[0]


def test_outside_training_nothing_is_changed():
    x = np.random.default_rng(0).normal(size=(20, 30)).astype("float32")
    dropout, ctx = gn.layers.dropout(0.9), context(training=False)

    y, cache = dropout.forward({}, x, ctx)

    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dropout.backward({}, cache, x, {}, ctx), x)


def test_predict_does_not_drop():
    x = np.random.default_rng(0).normal(size=(50, 30)).astype("float32")

    y = gn.Network(["dropout(0.9)"]).build((30,)).predict(x)

    np.testing.assert_array_equal(y, x)
    assert not np.shares_memory(x, y)


def test_rate_0_changes_nothing_while_training():
    x = np.random.default_rng(0).normal(size=(20, 30)).astype("float32")
    dropout, ctx = gn.layers.dropout(0), context()

    y, cache = dropout.forward({}, x, ctx)

    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dropout.backward({}, cache, x, {}, ctx), x)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_each_value_is_hidden_or_divided_by_what_is_kept(rate):
    y = dropped(rate)

    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / (1 - rate))}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_part_that_is_hidden_is_the_rate(rate):
    hidden = (dropped(rate) == 0).mean()

    # A binomial part of 100,000: within five standard deviations.
    assert hidden == pytest.approx(rate, abs=5 * math.sqrt(rate * (1 - rate) / 100_000))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_expectation_is_kept(rate):
    mean = dropped(rate).mean(dtype=np.float64)

    # One value has the variance rate / (1 - rate); the mean of 100,000 is within five standard deviations.
    assert mean == pytest.approx(1, abs=5 * math.sqrt(rate / (1 - rate) / 100_000))


def test_forward_and_backward_use_one_mask():
    dropout, ctx, ones = gn.layers.dropout(0.4), context(), np.ones((30, 40), "float32")

    y, cache = dropout.forward({}, ones, ctx)
    dx = dropout.backward({}, cache, ones, {}, ctx)

    assert 0 < (y == 0).sum() < y.size
    np.testing.assert_array_equal(dx, y)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("rate", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (5, 4), (2, 3, 3, 2)])
def test_backward_agrees_with_central_differences(shape, rate, seed):
    x = np.random.default_rng(seed).normal(size=shape)

    assert check_layer(gn.layers.dropout(rate), x, seed=seed)["input"] <= 1e-6


def test_one_instance_used_twice_has_correct_gradients_and_two_masks():
    dropout = gn.layers.dropout(0.5)
    network = gn.Network(["dense(6)", dropout, "tanh", "dense(6)", dropout, "dense(2)"]).build((4,), seed=3)
    rng = np.random.default_rng(3)

    errors = gn.check_gradients(network, rng.normal(size=(5, 4)), rng.normal(size=(5, 2)), "mse", seed=3)

    assert max(errors.values()) <= 1e-6
    twice = gn.Network([dropout, dropout]).build((200,))
    with twice.workspace(training=True) as ctx:
        y, _ = twice.sequence.forward(twice.parameter_views, np.ones((200, 200), "float32"), ctx)
        # One mask twice would keep a half. The part of 40,000 is within five standard deviations of a quarter.
        assert (y != 0).mean() == pytest.approx(0.25, abs=5 * math.sqrt(0.25 * 0.75 / 40_000))


def test_the_mask_is_the_same_whenever_a_step_is_repeated():
    np.testing.assert_array_equal(dropped(0.5, seed=7, step=3), dropped(0.5, seed=7, step=3))


def test_the_mask_changes_with_the_seed_and_with_the_step():
    masks = [dropped(0.5, seed=seed, step=step) for seed, step in [(7, 3), (8, 3), (7, 4)]]

    for first, second in [(0, 1), (0, 2), (1, 2)]:
        # Independent masks agree in half of the places; these are 100,000.
        assert (masks[first] == masks[second]).mean() == pytest.approx(0.5, abs=0.01)


def test_the_mask_does_not_depend_on_the_precision():
    np.testing.assert_array_equal(dropped(0.3, dtype="float32") == 0, dropped(0.3, dtype="float64") == 0)


def test_float64_is_scaled_in_float64():
    assert dropped(0.3, dtype="float64").max() == 1 / (1 - 0.3)


def test_float32_stays_float32():
    dropout, ctx, ones = gn.layers.dropout(0.4), context(), np.ones((3, 4), "float32")

    y, cache = dropout.forward({}, ones, ctx)

    assert y.dtype == np.float32
    assert dropout.backward({}, cache, ones, {}, ctx).dtype == np.float32


def test_inputs_stay_as_they_are():
    dropout, ctx = gn.layers.dropout(0.4), context()
    x, dy = np.ones((30, 40), "float32"), np.ones((30, 40), "float32")

    _, cache = dropout.forward({}, x, ctx)
    dropout.backward({}, cache, dy, {}, ctx)

    assert (x == 1).all()
    assert (dy == 1).all()


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")])
def test_a_rate_that_is_no_part_is_refused(rate):
    with pytest.raises(gn.OptionError, match="dropout: rate must be >= 0 and < 1"):
        gn.layers.dropout(rate)
