"""Sine waves and their recipe."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_datasets.sine import Sine


def root_mean_square(error: gn.Array) -> float:
    return float(np.sqrt(np.mean(np.square(error, dtype=np.float64))))


def test_shapes_and_types() -> None:
    data = Sine(samples=20, length=7).load()

    assert data.train.x.shape == (20, 7, 1)
    assert data.train.y.shape == (20, 1)
    assert data.test.x.shape == (5, 7, 1)
    assert data.train.x.dtype == data.train.y.dtype == np.float32
    assert (data.task, list(data.classes), data.validation) == ("regression", [], None)


def test_without_noise_each_sample_is_one_wave() -> None:
    """A sine of period p obeys w[t+1] = 2 cos(2 pi / p) w[t] - w[t-1], with one and the same factor all along."""
    data = Sine(samples=200, noise=0).load()
    waves = np.concatenate([data.train.x[..., 0], data.train.y], axis=1).astype(np.float64)
    before, middle, behind = waves[:, :-2], waves[:, 1:-1], waves[:, 2:]
    factor = np.sum(middle * (before + behind), axis=1) / np.sum(middle**2, axis=1)

    np.testing.assert_allclose(behind, factor[:, np.newaxis] * middle - before, atol=1e-5)
    period = 2 * np.pi / np.arccos(factor / 2)
    assert 8 <= period.min() < 9
    assert 31 < period.max() <= 32.01


def test_heights_are_between_one_half_and_three_halves() -> None:
    # A whole period of 32 steps or less is in the 40 steps of each sample; no peak is further from a step than 1/2.
    height = np.abs(Sine(samples=400, noise=0).load().train.x).max(axis=(1, 2))

    assert 0.46 < height.min() < 0.55
    assert 1.45 < height.max() <= 1.5


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_noise_has_the_deviation_asked_for_and_is_in_the_inputs_alone(noise: float) -> None:
    noisy, clean = Sine(noise=noise).load(), Sine(noise=0).load()

    error = noisy.train.x - clean.train.x
    # Of 160,000 values, within five standard deviations.
    assert error.std() == pytest.approx(noise, rel=5 / np.sqrt(2 * error.size))
    np.testing.assert_array_equal(noisy.train.y, clean.train.y)


def test_a_seed_gives_the_same_waves_and_another_one_does_not() -> None:
    first, again, other = (Sine(samples=8, seed=seed).load().train.x for seed in (3, 3, 4))

    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_no_wave_is_in_both_splits() -> None:
    data = Sine(samples=400, noise=0).load()

    assert not set(data.train.y[:, 0].tolist()) & set(data.test.y[:, 0].tolist())


@pytest.mark.parametrize("options", [{"samples": 3}, {"length": 0}, {"noise": -0.1}, {"seed": -1}])
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(gn.OptionError, match=f"sine: {next(iter(options))} must be >= "):
        Sine(**options)


def test_simple_predictions_have_the_errors_that_are_documented() -> None:
    data = gn.datasets.sine().load()
    x, y = (part[..., 0].astype(np.float64) for part in (data.train.x, data.train.y))
    weights, *_ = np.linalg.lstsq(x, y, rcond=None)

    assert root_mean_square(data.test.x[:, -1] - data.test.y) == pytest.approx(0.31, abs=0.005)
    assert root_mean_square(data.test.x[..., 0] @ weights - data.test.y[:, 0]) == pytest.approx(0.15, abs=0.005)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_the_recipe_halves_the_noise(seed: int) -> None:
    data = gn.datasets.sine().load()
    assert data.recipe is not None
    recipe = data.recipe.replace(seed=seed)
    network = gn.Network(recipe.layers)

    network.fit(data.train, **recipe.training())

    assert root_mean_square(network.predict(data.test.x) - data.test.y) < 0.06
