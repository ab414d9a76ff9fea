"""Spiral, moons, circles and blobs: points in the plane, made by formulas."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn

NAMES = ["spiral", "moons", "circles", "blobs"]


def points(spec: str) -> tuple[gn.Array, gn.Array]:
    """Return all points of a dataset, training first."""
    data = gn.create("dataset", spec).load()
    return np.concatenate([data.train.x, data.test.x]).astype(float), np.concatenate([data.train.y, data.test.y])


@pytest.mark.parametrize("name", NAMES)
def test_a_fifth_is_kept_to_test_with(name: str) -> None:
    data = gn.create("dataset", f"{name}(samples=250)").load()
    assert data.train.x.shape == (200, 2)
    assert data.test.x.shape == (50, 2)
    assert data.train.y.shape == (200,)
    for split in (data.train, data.test):
        assert split.x.dtype == np.float32
        assert split.y.dtype == np.int64
    assert data.task == "classification"


@pytest.mark.parametrize("name", NAMES)
def test_no_test_point_is_a_training_point(name: str) -> None:
    data = gn.create("dataset", name).load()
    assert not {tuple(point) for point in data.train.x.tolist()} & {tuple(point) for point in data.test.x.tolist()}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_options_give_the_same_bytes_and_another_seed_others(name: str) -> None:
    first, again, other = (gn.create("dataset", spec).load() for spec in (name, name, f"{name}(seed=1)"))
    for split in ("train", "test"):
        assert getattr(first, split).x.tobytes() == getattr(again, split).x.tobytes()
        assert getattr(first, split).y.tobytes() == getattr(again, split).y.tobytes()
        assert getattr(first, split).x.tobytes() != getattr(other, split).x.tobytes()


@pytest.mark.parametrize(
    ("spec", "classes"),
    [("spiral", 3), ("spiral(arms=5)", 5), ("moons", 2), ("circles", 2), ("blobs", 3), ("blobs(centers=4)", 4)],
)
def test_classes_are_equally_frequent_and_named(spec: str, classes: int) -> None:
    _, y = points(spec)
    counts = np.bincount(y)
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1
    assert len(gn.create("dataset", spec).load().classes) == classes


@pytest.mark.parametrize("name", NAMES)
def test_both_splits_have_all_classes_in_no_order(name: str) -> None:
    data = gn.create("dataset", name).load()
    for split in (data.train, data.test):
        assert set(split.y.tolist()) == set(range(len(data.classes)))
        assert np.count_nonzero(np.diff(split.y)) > len(split) / 3


def test_without_noise_a_spiral_turns_as_far_as_it_goes_out() -> None:
    x, y = points("spiral(noise=0)")
    radius, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])
    turned = np.exp(1j * (angle - 2 * np.pi * radius))
    np.testing.assert_allclose(turned, np.exp(2j * np.pi * y / 3), atol=1e-5)
    assert 0.1 <= radius.min() < 0.11
    assert 0.99 < radius.max() <= 1.0000001


def test_noise_of_a_spiral_is_that_of_the_angle() -> None:
    x, y = points("spiral(noise=0.1, samples=5000)")
    radius, angle = np.hypot(x[:, 0], x[:, 1]), np.arctan2(x[:, 1], x[:, 0])
    deviations = np.angle(np.exp(1j * (angle - 2 * np.pi * (radius + y / 3))))
    assert deviations.std() == pytest.approx(0.1, rel=0.05)


def test_without_noise_moons_are_half_circles() -> None:
    x, y = points("moons(noise=0)")
    upper, lower = x[y == 0], x[y == 1]
    np.testing.assert_allclose(np.hypot(upper[:, 0], upper[:, 1]), 1, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, rtol=1e-6)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5
    # Each one's end is in the other one's hollow.
    assert upper[:, 0].max() > 0.99
    assert lower[:, 0].min() < 0.01


def test_without_noise_circles_have_their_radii() -> None:
    x, y = points("circles(noise=0, inner=0.25)")
    np.testing.assert_allclose(np.hypot(x[:, 0], x[:, 1]), np.where(y == 0, 1, 0.25), rtol=1e-6)
    # They are whole circles.
    for label in (0, 1):
        angles = np.arctan2(x[y == label, 1], x[y == label, 0])
        assert np.histogram(angles, 8, (-np.pi, np.pi))[0].min() > 30


def test_without_noise_blobs_are_their_centres() -> None:
    x, y = points("blobs(noise=0, centers=4)")
    np.testing.assert_allclose(x, np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])[y], atol=1e-7)


@pytest.mark.parametrize("name", ["moons", "circles", "blobs"])
def test_noise_is_the_standard_deviation_of_each_coordinate(name: str) -> None:
    # The same random numbers otherwise: the difference is the noise alone.
    noisy, still = points(f"{name}(noise=0.2, samples=5000)")[0], points(f"{name}(noise=0, samples=5000)")[0]
    np.testing.assert_allclose((noisy - still).std(axis=0), [0.2, 0.2], rtol=0.05)
    np.testing.assert_allclose((noisy - still).mean(axis=0), [0, 0], atol=0.01)


def accuracy(spec: str, seed: int) -> float:
    """Return the test accuracy that the recipe reaches, counted here from the predictions."""
    data = gn.create("dataset", spec).load()
    network = gn.Network(data.recipe.layers)
    network.build(data.train.x.shape[1:], seed=seed)
    network.fit(data.train, **{**data.recipe.training(), "seed": seed})
    return float(np.mean(network.predict(data.test.x).argmax(axis=1) == data.test.y))


@pytest.mark.parametrize("seed", range(3))
def test_the_recipe_learns_the_spiral(seed: int) -> None:
    assert accuracy("spiral", seed) >= 0.99


def test_the_recipe_learns_a_spiral_of_other_points_and_arms() -> None:
    assert accuracy("spiral(seed=1)", 3) >= 0.99
    assert accuracy("spiral(arms=2)", 4) >= 0.99


def test_without_hidden_layers_the_spiral_is_not_learnt() -> None:
    # Else the recipe's accuracy would say nothing.
    data = gn.datasets.spiral().load()
    network = gn.Network("dense(3) softmax")
    network.fit(data.train, **data.recipe.replace(layers=["dense(3)", "softmax"]).training())
    assert np.mean(network.predict(data.test.x).argmax(axis=1) == data.test.y) < 0.6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "threshold"),
    # Of a circle's points, 0.6 % are by noise nearer to the other circle.
    [("moons", 0.99), ("circles", 0.97), ("blobs", 0.98)],
)
def test_the_recipe_learns_the_others(name: str, threshold: float, seed: int) -> None:
    assert accuracy(name, seed) >= threshold


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("spiral(arms=1)", "spiral: arms must be >= 2"),
        ("moons(noise=-1)", "moons: noise must be >= 0"),
        ("circles(inner=1)", "circles: inner must be > 0 and < 1"),
        ("blobs(samples=3)", "blobs: samples must be >= 10"),
    ],
)
def test_options_that_make_no_sense_are_refused(spec: str, message: str) -> None:
    with pytest.raises(gn.OptionError, match=message):
        gn.create("dataset", spec)
