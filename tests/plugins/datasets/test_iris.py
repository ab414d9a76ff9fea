"""Iris and its recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
import glassnet_datasets

FOLDER = Path(glassnet_datasets.__file__).parent / "data" / "iris"


def all_flowers() -> tuple[gn.Array, gn.Array]:
    data = gn.datasets.iris().load()
    return np.concatenate([data.train.x, data.test.x]), np.concatenate([data.train.y, data.test.y])


def test_a_fifth_is_kept_to_test_with() -> None:
    data = gn.datasets.iris().load()
    assert data.train.x.shape == (120, 4)
    assert data.test.x.shape == (30, 4)
    assert data.train.x.dtype == np.float32
    assert data.train.y.dtype == np.int64
    assert list(data.classes) == ["setosa", "versicolor", "virginica"]
    assert data.task == "classification"


def test_the_means_are_those_of_fishers_paper() -> None:
    # Table II of the paper: sepal length, sepal width, petal length, petal width of each species, in centimetres.
    x, y = all_flowers()
    expected = [[5.006, 3.428, 1.462, 0.246], [5.936, 2.770, 4.260, 1.326], [6.588, 2.974, 5.552, 2.026]]
    for species in range(3):
        assert np.count_nonzero(y == species) == 50
        np.testing.assert_allclose(x[y == species].mean(axis=0), expected[species], rtol=1e-5)


def test_the_two_flowers_that_are_wrong_at_uci_are_as_in_the_paper() -> None:
    lines = (FOLDER / "iris.csv").read_text("utf-8").splitlines()
    assert lines[35] == "4.9,3.1,1.5,0.2,setosa"
    assert lines[38] == "4.9,3.6,1.4,0.1,setosa"


def test_the_split_is_drawn_with_the_seed() -> None:
    first, again, other = (gn.datasets.iris(seed=seed).load() for seed in (0, 0, 1))
    assert first.test.x.tobytes() == again.test.x.tobytes()
    assert first.test.x.tobytes() != other.test.x.tobytes()


def test_the_attribution_names_authors_and_licence() -> None:
    text = (FOLDER / "ATTRIBUTION.md").read_text("utf-8")
    for part in ("Fisher", "Anderson", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"):
        assert part in text


@pytest.mark.parametrize("seed", range(3))
def test_the_recipe_tells_the_species_apart(seed: int) -> None:
    data = gn.datasets.iris(seed=seed).load()
    network = gn.Network(data.recipe.layers)
    network.build((4,), seed=seed)
    network.fit(data.train, **{**data.recipe.training(), "seed": seed})
    # Two species overlap: a flower or two of the thirty may be taken for the other.
    assert np.mean(network.predict(data.test.x).argmax(axis=1) == data.test.y) >= 28 / 30
