from __future__ import annotations

import math

import numpy as np
import pytest

import glassnet as gn


def sample(shape, seed=0, **options):
    return gn.initializers.orthogonal(**options).sample(shape, 1, 1, np.random.default_rng(seed))


@pytest.mark.parametrize("shape", [(40, 7), (7, 7), (1, 1), (3, 1), (3, 3, 5, 16)])
def test_columns_are_orthonormal_where_they_are_the_fewer(shape):
    w = sample(shape).reshape(-1, shape[-1])

    np.testing.assert_allclose(w.T @ w, np.eye(shape[-1]), rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", [(7, 40), (7, 7), (1, 3), (2, 2, 2, 30)])
def test_rows_are_orthonormal_where_they_are_the_fewer(shape):
    w = sample(shape).reshape(-1, shape[-1])

    np.testing.assert_allclose(w @ w.T, np.eye(len(w)), rtol=0, atol=1e-14)


def test_a_vector_is_a_single_row():
    assert math.hypot(*sample((9,))) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("gain", [0.5, math.sqrt(2)])
def test_gain_is_the_length_of_each_column(gain):
    np.testing.assert_allclose(np.linalg.norm(sample((30, 4), gain=gain), axis=0), gain, rtol=1e-14)


def test_lengths_are_kept_through_fifty_layers():
    x = np.random.default_rng(1).normal(size=(5, 32))
    y = x
    for seed in range(50):
        y = y @ sample((32, 32), seed)

    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(x, axis=1), rtol=1e-12)


def test_all_rotations_and_reflections_of_the_plane_are_equally_likely():
    # Householder's R has a first element of one sign: uncorrected, all first columns would be in one half-plane.
    drawn = np.array([sample((2, 2), seed) for seed in range(4000)])
    angles = np.arctan2(drawn[:, 1, 0], drawn[:, 0, 0])

    counts, _ = np.histogram(angles, bins=8, range=(-math.pi, math.pi))
    # 500 in each of eight bins, and half of them reflections, give or take five standard deviations.
    assert np.abs(counts - 500).max() <= 5 * math.sqrt(4000 / 8 * 7 / 8)
    assert abs((np.linalg.det(drawn) > 0).sum() - 2000) <= 5 * math.sqrt(4000 / 4)


def test_the_variance_is_known_by_hand():
    # 3 columns of length 2 hold 3 * 4 over 30 weights.
    assert gn.initializers.orthogonal(gain=2).moments((10, 3), 10, 3) == (0, pytest.approx(12 / 30))
    assert gn.initializers.orthogonal(gain=2).moments((2, 5, 3), 10, 6) == (0, pytest.approx(12 / 30))
