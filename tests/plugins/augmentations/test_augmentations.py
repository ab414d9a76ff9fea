"""Augmentations: values by hand, and beside SciPy where pixels are interpolated."""

import numpy as np
import pytest
from scipy import ndimage

import glassnet as gn

X = np.random.default_rng(0).random((6, 8, 10, 3))


class Fixed:
    """Random numbers that are chosen by the test, one call after another."""

    def __init__(self, *values):
        self._values = list(values)

    def _next(self, *_, **__):
        return self._values.pop(0)

    random = uniform = integers = beta = permutation = _next


def column(*values):
    return np.array(values).reshape(-1, 1, 1)


def test_flip_reverses_the_columns_of_the_chosen_images():
    rng = Fixed(np.array([0.1, 0.9, 0.4, 0.6, 0.5, 0.49]))
    flipped = gn.augmentations.flip().apply(X, rng)
    for image, is_flipped in enumerate([True, False, True, False, False, True]):
        np.testing.assert_array_equal(flipped[image], X[image, :, ::-1] if is_flipped else X[image])


def test_a_vertical_flip_reverses_the_rows():
    flipped = gn.augmentations.flip(1.0, horizontal=False, vertical=True).apply(X, np.random.default_rng(0))
    np.testing.assert_array_equal(flipped, X[:, ::-1])


@pytest.mark.parametrize("fill", ["edge", "zero"])
def test_shift_moves_pixels_and_fills_what_comes_in(fill):
    down, right = column(0, 2, -1, 0, 0, 0), column(0, 0, 0, 3, -2, 0)
    shifted = gn.augmentations.shift(0.3, fill=fill).apply(X, Fixed(down, right))
    for image in range(6):
        moves = int(down[image, 0, 0]), int(right[image, 0, 0]), 0
        mode = {"edge": "nearest", "zero": "constant"}[fill]
        np.testing.assert_allclose(shifted[image], ndimage.shift(X[image], moves, order=0, mode=mode), rtol=1e-12)


def test_shift_reaches_its_part_and_no_farther():
    ramp = np.broadcast_to(np.arange(100.0)[None, :, None, None], (500, 100, 1, 1))
    moved = gn.augmentations.shift(0.1).apply(ramp, np.random.default_rng(0))[:, 50, 0, 0] - 50
    assert set(moved) == set(range(-10, 11))


@pytest.mark.parametrize("fill", ["edge", "zero"])
@pytest.mark.parametrize("degrees", [0.0, 90.0, 180.0, 25.0, -70.0])
def test_rotate_turns_about_the_middle(degrees, fill):
    turned = gn.augmentations.rotate(180, fill=fill).apply(X, Fixed(np.full((6, 1, 1), degrees)))
    mode = {"edge": "nearest", "zero": "grid-constant"}[fill]
    expected = ndimage.rotate(X, -degrees, axes=(1, 2), reshape=False, order=1, mode=mode)
    np.testing.assert_allclose(turned, expected, atol=1e-9)


def test_rotate_by_a_right_angle_is_that_of_numpy():
    square = X[:, :, :8]
    turned = gn.augmentations.rotate(180).apply(square, Fixed(np.full((6, 1, 1), 90.0)))
    np.testing.assert_allclose(turned, np.rot90(square, -1, axes=(1, 2)), atol=1e-12)


def test_angles_are_within_the_largest_on_both_sides():
    line = np.zeros((400, 41, 41, 1))
    line[:, 20, 30] = 1  # ten pixels to the right of the middle
    turned = gn.augmentations.rotate(30).apply(line, np.random.default_rng(0))[..., 0]
    row, across = (np.einsum("bij,ij->b", turned, place) / turned.sum(axis=(1, 2)) for place in np.mgrid[:41, :41])
    angles = np.rad2deg(np.arctan2(20 - row, across - 20))
    assert 25 < angles.max() < 32
    assert -32 < angles.min() < -25


def test_crop_enlarges_a_part_without_moving_its_pixels_off():
    """A ramp stays a ramp, with the slope of the part's size, between the two ends of the part."""
    ramp = np.broadcast_to(np.arange(10.0)[:, None, None], (1, 10, 10, 1))
    cropped = gn.augmentations.crop(0.5).apply(ramp, Fixed(column(0.5), column(0.4), column(0.0)))[0, :, 0, 0]
    # The part begins at (1 - 0.5) * 10 * 0.4 = 2: its first place is 2 + 0.5 * 0.5 - 0.5 = 1.75.
    np.testing.assert_allclose(cropped, 1.75 + 0.5 * np.arange(10), rtol=1e-12)


def test_crop_of_the_whole_changes_nothing():
    np.testing.assert_allclose(gn.augmentations.crop(1.0).apply(X, np.random.default_rng(0)), X, rtol=1e-12)


def test_color_changes_brightness_then_contrast_then_saturation():
    x = np.array([[[[0.2, 0.4, 0.4], [0.4, 0.4, 0.2]]]])
    factors = [np.full((1, 1, 1, 1), value) for value in (1.5, 0.5, 2.0)]
    changed = gn.augmentations.color(0.9, 0.9, 1.0).apply(x, Fixed(*factors))
    bright = 1.5 * x
    flat = 0.5 + 0.5 * (bright - 0.5)  # the mean of (0.3, 0.6, 0.6, 0.6, 0.6, 0.3) is 0.5
    grey = flat @ [0.299, 0.587, 0.114]
    np.testing.assert_allclose(changed, grey[..., None] + 2 * (flat - grey[..., None]), rtol=1e-6)


def test_colours_stay_from_0_to_1_and_grey_images_have_no_saturation():
    changed = gn.augmentations.color(1.0, 1.0, 1.0).apply(X, np.random.default_rng(0))
    assert changed.min() == 0
    assert changed.max() == 1
    grey = gn.augmentations.color(0, 0, 1.0).apply(X[..., :1], np.random.default_rng(0))
    np.testing.assert_allclose(grey, X[..., :1], rtol=1e-12)


def test_cutout_covers_a_square():
    ones = np.ones((2, 8, 10, 3))
    covered = gn.augmentations.cutout(0.5, value=0.25).apply(ones, Fixed(column(3.5, 0.0), column(4.5, 9.4)))
    expected = np.ones((2, 8, 10))
    expected[0, 2:6, 3:7] = 0.25  # nearer than 2 to row 3.5 and column 4.5
    expected[1, :2, 8:] = 0.25  # the rest is outside
    np.testing.assert_array_equal(covered, np.repeat(expected[..., None], 3, axis=3))


def test_mixup_mixes_samples_and_targets_alike():
    y = np.eye(6)
    order = np.array([1, 2, 3, 4, 5, 0])
    x, mixed = gn.augmentations.mixup().apply_with_targets(X, y, Fixed(0.75, order))
    np.testing.assert_allclose(x, 0.75 * X + 0.25 * X[order], rtol=1e-12)
    np.testing.assert_allclose(mixed, 0.75 * np.eye(6) + 0.25 * np.eye(6)[order], rtol=1e-12)


@pytest.mark.parametrize("name", ["flip", "shift", "rotate", "crop", "color", "cutout"])
def test_a_table_is_not_taken_for_images(name):
    with pytest.raises(gn.ShapeError, match=f"{name} takes images"):
        gn.create("augmentation", name).apply(np.zeros((4, 3)), np.random.default_rng(0))
