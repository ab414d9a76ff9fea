"""The recipes of the laboratory: small trainings that go well."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import glassnet as gn
from glassnet_lab.setup import Setup


def moons(seed: int) -> Setup:
    """Return a network of relu for two half-moons."""
    data = gn.datasets.moons(samples=600, noise=0.1, seed=seed).load()
    return Setup(
        ["dense(32)", "relu", "dense(32)", "relu", "dense(2)", "softmax"],
        data.train,
        data.test,
        {"loss": "categorical_crossentropy", "optimizer": "adam(lr=0.01)", "epochs": 30, "metrics": ["accuracy"]},
        "classes",
        seed,
    )


def digits(seed: int) -> Setup:
    """Return a network of relu for images of digits."""
    train, test = _images(seed)
    return Setup(
        ["flatten", "dense(64)", "relu", "dense(32)", "relu", "dense(10)", "softmax"],
        train,
        test,
        {"loss": "categorical_crossentropy", "optimizer": "momentum(lr=0.05)", "epochs": 20, "metrics": ["accuracy"]},
        "classes",
        seed,
    )


def table(seed: int) -> Setup:
    """Return a network of tanh for a smooth function of six columns, one of which does not matter."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(800, 6)).astype(np.float32)
    y = np.sin(1.5 * x[:, 0]) + 0.7 * x[:, 1] * x[:, 2] + 0.5 * x[:, 3] - 0.4 * x[:, 4] ** 2
    y = ((y - y.mean()) / y.std() + rng.normal(0, 0.1, size=len(y))).astype(np.float32)[:, None]
    return Setup(
        ["dense(32)", "tanh", "dense(32)", "tanh", "dense(1)"],
        gn.Split(x[:600], y[:600]),
        gn.Split(x[600:], y[600:]),
        {"loss": "mean_squared_error", "optimizer": "adam(lr=0.01)", "epochs": 40, "metrics": ["mean_absolute_error"]},
        "values",
        seed,
    )


def circles(seed: int) -> Setup:
    """Return a network of tanh for two circles, with one output."""
    data = gn.datasets.circles(samples=600, noise=0.08, seed=seed).load()
    train, test = (gn.Split(each.x, np.asarray(each.y, np.float32)[:, None]) for each in (data.train, data.test))
    return Setup(
        ["dense(16)", "tanh", "dense(16)", "tanh", "dense(1)", "sigmoid"],
        train,
        test,
        {"loss": "binary_crossentropy", "optimizer": "adam(lr=0.02)", "epochs": 40, "metrics": ["accuracy"]},
        "yes or no",
        seed,
    )


def images(seed: int) -> Setup:
    """Return a small convolutional network for images of digits."""
    train, test = _images(seed + 1000)
    return Setup(
        ["conv2d(8, 3)", "relu", "max_pool2d", "flatten", "dense(32)", "relu", "dense(10)", "softmax"],
        train,
        test,
        {"loss": "categorical_crossentropy", "optimizer": "adam(lr=0.01)", "epochs": 12, "metrics": ["accuracy"]},
        "classes",
        seed,
    )


def _images(seed: int) -> tuple[gn.Split, gn.Split]:
    data = gn.datasets.digits().load()
    images = np.concatenate([data.train.x, data.test.x]).astype(np.float32)
    labels = np.concatenate([data.train.y, data.test.y])
    chosen = np.random.default_rng(seed).permutation(len(images))[:800]
    images = images / images.max()
    return gn.Split(images[chosen[:600]], labels[chosen[:600]]), gn.Split(images[chosen[600:]], labels[chosen[600:]])


RECIPES: dict[str, Callable[[int], Setup]] = {each.__name__: each for each in (moons, digits, table, circles, images)}
