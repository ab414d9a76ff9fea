"""The convolutional network's recipe for MNIST."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture(scope="module")
def data() -> Iterator[gn.Dataset]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("GLASSNET_DATA", raising=False)
        yield gn.datasets.mnist_cnn().load()


def test_images_and_labels_are_those_of_mnist(data: gn.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSNET_DATA", raising=False)
    plain = gn.datasets.mnist().load()

    for ours, theirs in ((data.train, plain.train), (data.test, plain.test)):
        np.testing.assert_array_equal(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.y, theirs.y)
    assert data.classes == plain.classes
    assert data.task == "classification"


def test_the_folder_is_an_option_too(tmp_path: object) -> None:
    with pytest.raises(gn.FileError, match="cannot find train-images"):
        gn.datasets.mnist_cnn(folder=str(tmp_path)).load()


def test_the_recipe_is_a_convolutional_network_for_these_images(data: gn.Dataset) -> None:
    assert data.recipe is not None
    network = gn.Network(data.recipe.layers).build(data.train.x.shape[1:])

    assert network.output_shape == (10,)
    names = [type(layer).title() for layer in network.layers]
    assert {"conv2d", "batch_norm", "max_pool2d"} < set(names)
    # Three times 28, 14 and 7 pixels are halved, the last time to 3: weights by hand.
    weights = 9 * (16 + 16 * 32 + 32 * 64) + 2 * (16 + 32 + 64) + (3 * 3 * 64 + 1) * 10
    assert network.flat_parameters.size == weights


def test_the_recipe_learns_within_a_few_steps(data: gn.Dataset) -> None:
    assert data.recipe is not None
    network = gn.Network(data.recipe.layers)
    options = data.recipe.training() | {"epochs": 2, "validation": None}

    network.fit(data.train.x[:2000], data.train.y[:2000], **options)

    # A guess is right once in ten; at these 2,000 images it has looked twice, in 64 steps.
    guessed = np.argmax(network.predict(data.test.x[:1000]), axis=1)
    assert np.mean(guessed == data.test.y[:1000]) >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_the_recipe_reaches_its_accuracy(data: gn.Dataset, seed: int) -> None:
    assert data.recipe is not None
    recipe = data.recipe.replace(seed=seed)
    network = gn.Network(recipe.layers)
    network.fit(data.train, **recipe.training())

    assert np.mean(np.argmax(network.predict(data.test.x), axis=1) == data.test.y) >= 0.992
