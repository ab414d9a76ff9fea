"""XOR and its recipe."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_datasets.xor import Xor


def test_the_four_points_and_where_exactly_one_input_is_set() -> None:
    points = gn.datasets.xor().load().train
    assert points.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert points.y.tolist() == [[0], [1], [1], [0]]
    assert points.x.dtype == points.y.dtype == np.float32


def test_the_test_points_are_the_same_four() -> None:
    data = Xor().load()
    assert data.test.x.tolist() == data.train.x.tolist()
    assert data.test.y.tolist() == data.train.y.tolist()


def test_what_is_said_about_the_data() -> None:
    data = Xor().load()
    assert list(data.classes) == ["0", "1"]
    assert data.task == "classification"
    assert data.validation is None


def test_no_two_loads_share_an_array() -> None:
    first, second = Xor().load(), Xor().load()
    first.train.x[:] = 7
    assert second.train.x.max() == 1


@pytest.mark.parametrize("seed", range(100))
def test_the_recipe_learns_all_four_points_with_a_margin(seed: int) -> None:
    data = Xor().load()
    assert data.recipe is not None
    recipe = data.recipe.replace(seed=seed)
    network = gn.Network(recipe.layers)
    network.fit(data.train, **recipe.training())
    predictions = network.predict(data.test.x)
    # 0.1 is far from 0.5, where the answer would change.
    assert np.abs(predictions - [[0], [1], [1], [0]]).max() < 0.1
