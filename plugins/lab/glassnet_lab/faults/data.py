"""Faults in the data."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_lab.fault import fault, has_labels, has_values, is_table
from glassnet_lab.setup import Setup


@fault("inputs_not_scaled", hint="Look at the size of the inputs.")
def inputs_around_5000(setup: Setup, rng: np.random.Generator) -> None:
    """The inputs are around 5,000. The first outputs are huge, and a step that suits them suits nothing else."""
    setup.map_inputs(lambda x: x * 1000 + 5000)


@fault("outliers_in_inputs", hint="Look at the largest inputs, one by one.")
def one_outlier(setup: Setup, rng: np.random.Generator) -> None:
    """Two samples hold a number that is thousands of times as large as all others; they decide each step."""

    def spoil(x: gn.Array) -> gn.Array:
        x = np.array(x, np.float32)
        for sample in rng.choice(len(x), 2, replace=False):
            x[sample].reshape(-1)[rng.integers(x[sample].size)] = 5000
        return x

    setup.map_inputs(spoil, test_too=False)


@fault("constant_inputs", hint="Compare two samples.")
def constant_inputs(setup: Setup, rng: np.random.Generator) -> None:
    """All samples are the same, since the inputs were multiplied with 0 on their way."""
    setup.map_inputs(lambda x: x * 0 + 0.5)


@fault("labels_shuffled", hint="Look at some samples with their targets.")
def shuffled_targets(setup: Setup, rng: np.random.Generator) -> None:
    """The samples were shuffled and the targets were not, so each sample has the target of another."""
    setup.map_targets(lambda y: rng.permutation(y))


@fault("labels_constant", hint="Count the targets.")
def constant_targets(setup: Setup, rng: np.random.Generator) -> None:
    """All targets are the same, since a comparison was never true."""
    setup.map_targets(lambda y: np.repeat(y[:1], len(y), axis=0))


@fault("labels_shifted", hint="Compare each target with those of the rows around it.")
def targets_one_row_off(setup: Setup, rng: np.random.Generator) -> None:
    """The first row of x was taken for a header, so each sample has the target of the row before it."""
    setup.map_targets(lambda y: np.roll(y, 1, axis=0))


@fault("labels_shifted", hint="Compare the answers on the test data with their targets.", suits=has_labels)
def test_classes_counted_from_one(setup: Setup, rng: np.random.Generator) -> None:
    """The classes of the test data are counted from another number than those of the training data."""
    classes = max(int(np.asarray(setup.train.y).max()) + 1, 2)
    y = np.asarray(setup.test.y)
    setup.test = gn.Split(setup.test.x, ((y + 1) % classes).astype(y.dtype))


@fault("class_imbalance", "misleading_metric", hint="Count the classes, then count those answered.", suits=has_labels)
def three_positives(setup: Setup, rng: np.random.Generator) -> None:
    """Three samples in hundreds are of the other class, and always answering the first one is 99 % accurate.

    The inputs say nothing about it, so there is nothing else to learn.
    """
    y = np.zeros_like(np.asarray(setup.train.y))
    y[rng.choice(len(y), 3, replace=False)] = 1
    setup.train = gn.Split(setup.train.x, y)
    test = np.zeros_like(np.asarray(setup.test.y))
    test[:1] = 1
    setup.test = gn.Split(setup.test.x, test)


@fault("duplicates_in_test", hint="Look for samples of the test data in the training data.")
def test_in_training(setup: Setup, rng: np.random.Generator) -> None:
    """A third of the test samples are also in the training data, so the test measures memory."""
    count = len(setup.test) // 3
    x, y = np.array(setup.test.x), np.array(setup.test.y)
    chosen = rng.choice(len(setup.train), count, replace=False)
    x[:count], y[:count] = np.asarray(setup.train.x)[chosen], np.asarray(setup.train.y)[chosen]
    setup.test = gn.Split(x, y)


@fault("leaking_column", hint="Try each column by itself.", suits=is_table)
def leaking_column(setup: Setup, rng: np.random.Generator) -> None:
    """A column was computed from the target: it says the answer, and will not be there in use."""

    def leaked(split: gn.Split) -> gn.Split:
        x = np.asarray(split.x)
        column = np.asarray(split.y, np.float32).reshape(len(x), 1)
        noise = rng.normal(0, 0.01, column.shape)
        return gn.Split(np.concatenate([x, column * 0.5 + noise], axis=1).astype(np.float32), split.y)

    setup.train, setup.test = leaked(setup.train), leaked(setup.test)


@fault("validation_scaled_differently", hint="Compare mean and deviation of both parts.", suits=is_table)
def test_scaled_by_itself(setup: Setup, rng: np.random.Generator) -> None:
    """The test data were scaled by their own mean and deviation, and not by those of the training data."""

    def scaled(split: gn.Split) -> gn.Split:
        x = np.asarray(split.x, np.float64)
        return gn.Split(((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32), split.y)

    setup.train, setup.test = scaled(setup.train), scaled(setup.test)


@fault("validation_scaled_differently", hint="Compare mean and deviation of both parts.")
def test_not_scaled(setup: Setup, rng: np.random.Generator) -> None:
    """The training data were scaled, and the test data were not."""
    setup.test = gn.Split((np.asarray(setup.test.x) * 40 + 100).astype(np.float32), setup.test.y)


@fault("targets_not_scaled", "initial_loss_too_high", hint="Look at the size of the targets.", suits=has_values)
def targets_around_100000(setup: Setup, rng: np.random.Generator) -> None:
    """The targets are around 100,000, and all steps go into getting there."""
    setup.map_targets(lambda y: (y * 20_000 + 100_000).astype(np.float32), test_too=True)
