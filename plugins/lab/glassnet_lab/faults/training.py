"""Faults in the options of the training."""

from __future__ import annotations

import re

import numpy as np

from glassnet_lab.fault import fault
from glassnet_lab.setup import Setup


def _times(setup: Setup, factor: float) -> None:
    """Multiply the learning rate."""
    setup.options["optimizer"] = re.sub(
        r"lr=([\d.e+-]+)", lambda found: f"lr={float(found[1]) * factor:g}", setup.options["optimizer"]
    )


@fault("lr_too_high", "float32_overflow", hint="Compare the size of a step with that of the weights.")
def lr_times_100(setup: Setup, rng: np.random.Generator) -> None:
    """The learning rate is a hundred times too high, so each step leaps over the valley."""
    _times(setup, 100)


@fault("lr_too_low", hint="Compare the size of a step with that of the weights.")
def lr_by_1000(setup: Setup, rng: np.random.Generator) -> None:
    """The learning rate is a thousand times too low, so the weights hardly move."""
    _times(setup, 0.001)


@fault("penalty_dominates", hint="Compare the loss with the penalty.")
def strong_penalty(setup: Setup, rng: np.random.Generator) -> None:
    """The penalty on the weights is so strong that they go to zero."""
    setup.options["regularizer"] = f"l2({rng.choice([1.0, 3.0])})"


@fault("too_few_steps", hint="Count the steps.")
def one_batch_an_epoch(setup: Setup, rng: np.random.Generator) -> None:
    """A batch holds all samples, so an epoch is one step, and there are too few of them."""
    setup.options["batch_size"] = len(setup.train)
    setup.options["epochs"] = 10


@fault("batch_norm_small_batch", hint="What is the variance of two values?")
def batch_norm_of_two(setup: Setup, rng: np.random.Generator) -> None:
    """Batches have two samples, and batch_norm takes mean and variance of two values."""
    setup.options["batch_size"] = 2
    setup.options["epochs"] = 5
    setup.layers.insert(setup.dense_layers()[-2] + 1, "batch_norm")


@fault("stopped_too_early", hint="Compare the number of epochs with what was asked for.")
def stopped_at_once(setup: Setup, rng: np.random.Generator) -> None:
    """Early stopping waits for one epoch and wants more than any epoch brings, so it stops at once."""
    setup.options["callbacks"] = ["early_stopping(monitor='loss', patience=1, min_delta=0.9)"]


@fault("too_few_steps", hint="Look at the curve of the loss.")
def one_epoch(setup: Setup, rng: np.random.Generator) -> None:
    """The training ends after one epoch, long before the loss is low."""
    setup.options["epochs"] = 1
    setup.options["batch_size"] = 64
