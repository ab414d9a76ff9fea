"""Digits and their recipe."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
import glassnet_datasets

FOLDER = Path(glassnet_datasets.__file__).parent / "data" / "digits"


def test_images_are_ink_from_0_to_1_in_sixteenths() -> None:
    data = gn.datasets.digits().load()
    assert data.train.x.shape == (1438, 8, 8, 1)
    assert data.test.x.shape == (359, 8, 8, 1)
    assert data.train.x.dtype == np.float32
    assert data.train.y.dtype == np.int64
    assert (data.train.x.min(), data.train.x.max()) == (0, 1)
    np.testing.assert_array_equal(data.train.x * 16, np.round(data.train.x * 16))
    assert list(data.classes) == list("0123456789")


def test_each_digit_is_as_frequent_as_the_source_says() -> None:
    data = gn.datasets.digits().load()
    counts = np.bincount(np.concatenate([data.train.y, data.test.y]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_first_image_is_the_known_zero() -> None:
    # From the first line of optdigits.tes.
    expected = [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0]
    with np.load(FOLDER / "digits.npz") as arrays:
        assert arrays["images"][0].reshape(-1)[:24].tolist() == expected
        assert arrays["labels"][:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_the_split_is_drawn_with_the_seed_and_shares_no_image() -> None:
    first, again, other = (gn.datasets.digits(seed=seed).load() for seed in (0, 0, 1))
    assert first.test.x.tobytes() == again.test.x.tobytes()
    assert first.test.x.tobytes() != other.test.x.tobytes()

    def images(split: gn.Split) -> set[str]:
        return {hashlib.md5(image.tobytes()).hexdigest() for image in split.x}

    assert not images(first.train) & images(first.test)


def test_the_attribution_names_authors_and_licence() -> None:
    text = (FOLDER / "ATTRIBUTION.md").read_text("utf-8")
    for part in ("Alpaydin", "Kaynak", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"):
        assert part in text


@pytest.mark.parametrize("seed", range(3))
def test_the_recipe_reaches_its_accuracy(seed: int) -> None:
    data = gn.datasets.digits().load()
    network = gn.Network(data.recipe.layers)
    network.build(data.train.x.shape[1:], seed=seed)
    network.fit(data.train, **{**data.recipe.training(), "seed": seed})
    assert np.mean(network.predict(data.test.x).argmax(axis=1) == data.test.y) >= 0.975
