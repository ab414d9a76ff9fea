"""What holds for every initializer."""

from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn

SPECS = [
    "constant",
    "constant(0.3)",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "normal(mean=-2, std=0.5)",
    "ones",
    "orthogonal",
    "orthogonal(gain=1.5)",
    "uniform",
    "uniform(1, 3)",
    "zeros",
]
SHAPES = [((300, 500), 300, 500), ((5, 5, 60, 100), 1500, 2500), ((150_000,), 150_000, 150_000)]

pytestmark = pytest.mark.parametrize("spec", SPECS)


def sample(spec, shape=(300, 500), fan_in=300, fan_out=500, seed=0):
    return gn.create("initializer", spec).sample(shape, fan_in, fan_out, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), SHAPES)
def test_samples_have_the_moments_that_are_promised(spec, shape, fan_in, fan_out, seed):
    values = sample(spec, shape, fan_in, fan_out, seed)
    mean, variance = gn.create("initializer", spec).moments(shape, fan_in, fan_out)

    # Of 150,000 values: the mean within five standard deviations, and the variance within five as well, of which
    # one is sqrt(2 / n) for a normal distribution and less for the others.
    assert values.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / values.size) + 1e-12)
    assert values.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / values.size), abs=1e-12)


@pytest.mark.parametrize("shape", [(4,), (1, 1), (2, 3), (3, 3, 2, 4), (0,), (5, 0)])
def test_samples_have_the_shape_asked_for(spec, shape):
    values = sample(spec, shape, 7, 9)

    assert values.shape == shape
    assert values.dtype == np.float64


def test_one_stream_gives_the_same_values(spec):
    np.testing.assert_array_equal(sample(spec, seed=5), sample(spec, seed=5))


def test_another_stream_gives_other_values_where_they_are_random(spec):
    _, variance = gn.create("initializer", spec).moments((300, 500), 300, 500)

    assert np.array_equal(sample(spec, seed=5), sample(spec, seed=6)) == (variance == 0)


def test_both_precisions_start_from_the_same_values(spec):
    def first_weights(dtype):
        return (
            gn.Network([gn.layers.dense(7, weight_init=spec)]).build((9,), seed=4, dtype=dtype).parameters["0.weights"]
        )

    assert first_weights("float32").dtype == np.float32
    np.testing.assert_array_equal(first_weights("float32"), first_weights("float64").astype("float32"))
