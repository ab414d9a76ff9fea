"""The transform pixels: values by hand for every kind of image, and for every way to another size."""

import io

import numpy as np
import pytest
from PIL import Image

import glassnet as gn


def through(image, spec, ending="PNG", **save):
    """Return the pixels of an image that was written to a file and read."""
    content = io.BytesIO()
    image.save(content, ending, **save)
    with Image.open(content) as opened:
        return gn.create("transform", spec).transform([opened], {})[0]


def test_grey_is_the_weighted_mean_of_the_colours():
    image = Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    # 255 * 0.299 = 76.2, 255 * 0.587 = 149.7, 255 * 0.114 = 29.1
    assert through(image, "pixels(1, 3, 1)")[..., 0].tolist() == [[76, 150, 29]]


def test_colours_and_bytes_of_the_right_size_stay():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)
    np.testing.assert_array_equal(through(Image.fromarray(pixels), "pixels(5, 4)"), pixels)


def test_65535_becomes_255_and_257_becomes_1():
    image = Image.fromarray(np.array([[0, 128, 129, 257, 32768, 65535]], np.uint16))
    assert through(image, "pixels(1, 6, 1)").ravel().tolist() == [0, 0, 1, 1, 128, 255]


@pytest.mark.parametrize("values", [np.full((2, 2), 0.5, np.float32), np.full((2, 2), 70000, np.int32)])
def test_more_than_16_bits_are_refused(values):
    with pytest.raises(gn.DataError, match="more than 16 bits"):
        through(Image.fromarray(values), "pixels(2, 2, 1)", "TIFF")


def test_transparent_pixels_become_white_by_their_part():
    image = Image.new("RGBA", (1, 1), (100, 0, 200, 51))  # a fifth of the colour, and four fifths of 255
    assert through(image, "pixels(1, 1)").ravel().tolist() == [224, 204, 244]
    grey = Image.new("LA", (1, 1), (100, 0))
    assert through(grey, "pixels(1, 1, 1)").ravel().tolist() == [255]


def test_a_transparent_colour_of_a_palette_becomes_white():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1])
    assert through(image, "pixels(1, 2)", transparency=0).tolist() == [[[255, 255, 255], [200, 100, 50]]]


def test_cyan_without_black_ink_is_cyan():
    image = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    assert np.abs(through(image, "pixels(8, 8)", "JPEG", quality=100).astype(int) - [0, 255, 255]).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation):
    """EXIF 2.3, tag 274: where the first row and the first column of the stored image are in the upright one."""
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    flipped = upright[:, ::-1]
    stored = {
        1: upright,
        2: flipped,
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    read = through(Image.fromarray(np.ascontiguousarray(stored)), "pixels(2, 3, 1)", exif=exif)
    np.testing.assert_array_equal(read[..., 0], upright)


def bands():
    """An image of 2 rows and 6 columns whose columns are 0, 0, 100, 100, 200, 200."""
    return Image.fromarray(np.repeat(np.array([[0, 0, 100, 100, 200, 200]], np.uint8), 2, axis=0))


def test_crop_takes_the_middle():
    assert through(bands(), "pixels(2, 2, 1, 'crop')")[..., 0].tolist() == [[100, 100], [100, 100]]


def test_pad_puts_black_above_and_below():
    padded = through(bands(), "pixels(6, 6, 1, 'pad')")[..., 0]
    assert padded[2].tolist() == padded[3].tolist() == [0, 0, 100, 100, 200, 200]
    assert padded[[0, 1, 4, 5]].max() == 0


def test_stretch_keeps_all_in_other_proportions():
    stretched = through(bands(), "pixels(4, 3, 1)")[..., 0]
    assert (np.diff(stretched.astype(int), axis=1) > 60).all()
    assert np.abs(stretched - stretched[0]).max() == 0


def test_a_far_larger_jpeg_is_read_with_less_detail_and_nearly_the_same():
    pixels = np.repeat(np.repeat(np.array([[0, 250], [120, 60]], np.uint8), 512, axis=0), 512, axis=1)
    fast = through(Image.fromarray(pixels), "pixels(2, 2, 1)", "JPEG")[..., 0].astype(int)
    # A seventh of the filter is beyond the border on each axis: 6/49 (250 + 120) + 1/49 * 60 = 46.5 for the 0.
    exact = [[46.5, 193.5], [100.6, 89.4]]
    np.testing.assert_allclose(through(Image.fromarray(pixels), "pixels(2, 2, 1)")[..., 0], exact, atol=1)
    np.testing.assert_allclose(fast, exact, atol=4)
