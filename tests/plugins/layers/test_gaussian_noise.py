from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_layer


def context(*, training=True, step=0, seed=0, dtype="float32"):
    with gn.Network(["flatten"]).build((1,), dtype=dtype).workspace(training=training, step=step, seed=seed) as ctx:
        return ctx


def noise(stddev, **options):
    """What is added to zeros."""
    x = np.zeros((200, 500), options.get("dtype", "float32"))
    return gn.layers.gaussian_noise(stddev).forward({}, x, context(**options))[0]


def test_outside_training_nothing_is_changed():
    x = np.random.default_rng(0).normal(size=(20, 30)).astype("float32")

    y, _ = gn.layers.gaussian_noise(0.5).forward({}, x, context(training=False))

    np.testing.assert_array_equal(y, x)


def test_predict_adds_nothing_and_training_does():
    network, x = gn.Network(["gaussian_noise(0.5)"]).build((30,)), np.ones((50, 30), "float32")

    np.testing.assert_array_equal(network.predict(x), x)
    with network.workspace(training=True) as ctx:
        assert (network.sequence.forward(network.parameter_views, x, ctx)[0] != x).all()


@pytest.mark.parametrize("stddev", [0.01, 0.5, 3.0])
def test_noise_has_the_mean_and_the_deviation_asked_for(stddev):
    e = noise(stddev).astype("float64")

    # Of 100,000 values, within five standard deviations of each.
    assert e.mean() == pytest.approx(0, abs=5 * stddev / math.sqrt(100_000))
    assert e.std() == pytest.approx(stddev, rel=5 / math.sqrt(2 * 100_000))


def test_noise_is_normal():
    e = noise(1.0)

    # Parts of a normal distribution within one and two deviations; of 100,000, within five standard deviations.
    assert (np.abs(e) < 1).mean() == pytest.approx(0.6827, abs=0.0075)
    assert (np.abs(e) < 2).mean() == pytest.approx(0.9545, abs=0.0033)


def test_it_is_added_to_the_input():
    x = np.random.default_rng(0).normal(size=(200, 500))

    y, _ = gn.layers.gaussian_noise(0.5).forward({}, x, context(dtype="float64"))

    np.testing.assert_allclose(y - x, noise(0.5, dtype="float64"), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (5, 4), (2, 3, 3, 2)])
def test_backward_agrees_with_central_differences(shape):
    x = np.random.default_rng(0).normal(size=shape)

    assert check_layer(gn.layers.gaussian_noise(0.5), x)["input"] <= 1e-6


def test_noise_changes_with_seed_and_step_alone():
    first = noise(0.5, seed=7, step=3)

    np.testing.assert_array_equal(noise(0.5, seed=7, step=3), first)
    for other in (noise(0.5, seed=8, step=3), noise(0.5, seed=7, step=4)):
        # Independent noise has no correlation; of 100,000 values, within five standard deviations.
        assert np.corrcoef(first.ravel(), other.ravel())[0, 1] == pytest.approx(0, abs=5 / math.sqrt(100_000))


def test_one_instance_used_twice_adds_two_noises():
    layer = gn.layers.gaussian_noise(1.0)
    twice = gn.Network([layer, layer]).build((500,))
    with twice.workspace(training=True) as ctx:
        y, _ = twice.sequence.forward(twice.parameter_views, np.zeros((200, 500), "float32"), ctx)

        # Variances add up; the same noise twice would have the variance 4.
        assert y.var() == pytest.approx(2, rel=0.03)


def test_without_deviation_nothing_is_changed():
    assert not noise(0.0).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_is_kept_and_the_input_too(dtype):
    x = np.ones((3, 4), dtype)

    y, _ = gn.layers.gaussian_noise(0.5).forward({}, x, context(dtype=dtype))

    assert y.dtype == dtype
    assert (x == 1).all()


@pytest.mark.parametrize("stddev", [-0.1, float("nan"), "much"])
def test_a_deviation_below_zero_is_refused(stddev):
    with pytest.raises(gn.OptionError, match="gaussian_noise: stddev must be"):
        gn.layers.gaussian_noise(stddev)
