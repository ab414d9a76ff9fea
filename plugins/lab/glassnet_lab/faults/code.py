"""Faults of from-scratch code."""

from __future__ import annotations

import re

import numpy as np

from glassnet_lab.fault import fault, has_classes, has_values
from glassnet_lab.setup import Setup


def _has_dense_layers_alike(setup: Setup) -> bool:
    return setup.layers[0].startswith("dense")


def _lab_dense(setup: Setup, variant: int) -> None:
    for place in setup.dense_layers():
        if setup.layers[place].startswith("dense"):
            setup.layers[place] = f"lab_{setup.layers[place]}"
            setup.with_option(place, f"variant={variant}")


def _rate(setup: Setup) -> str:
    found = re.search(r"lr=([\d.e+-]+)", setup.options["optimizer"])
    return found[1] if found else "0.01"


@fault("loss_depends_on_batch", hint="Give the loss the same samples twice.", suits=has_values)
def squared_error_without_mean(setup: Setup, rng: np.random.Generator) -> None:
    """The squared error is a sum without 1/n, so steps grow with the batch."""
    setup.options["loss"] = "lab_squared_error(variant=1)"


@fault("gradients_do_not_match", hint="Check the gradients.", suits=has_values)
def gradient_without_mean(setup: Setup, rng: np.random.Generator) -> None:
    """The loss is a mean, and its gradient lacks the 1/n."""
    setup.options["loss"] = "lab_squared_error(variant=2)"


@fault("optimizer_goes_wrong", hint="Give the optimizer two parameters with the same gradients.")
def counter_for_each_layer(setup: Setup, rng: np.random.Generator) -> None:
    """Adam counts each parameter as a step, so the bias correction is another one for each."""
    setup.options["optimizer"] = f"lab_adam(lr={_rate(setup)}, variant=1)"


@fault("optimizer_goes_wrong", hint="Does a step go down?")
def momentum_with_wrong_sign(setup: Setup, rng: np.random.Generator) -> None:
    """The velocity already has a minus, and is subtracted: each step goes uphill."""
    setup.options["optimizer"] = "lab_momentum(lr=0.001, variant=1)"
    setup.options["epochs"] = 3


@fault("optimizer_goes_wrong", hint="Does a step go down?")
def adam_goes_uphill(setup: Setup, rng: np.random.Generator) -> None:
    """The step has the wrong sign: the loss rises."""
    setup.options["optimizer"] = "lab_adam(lr=0.001, variant=2)"
    setup.options["epochs"] = 3


@fault("gradients_do_not_match", hint="Check the gradients.", suits=has_classes)
def softmax_without_jacobian(setup: Setup, rng: np.random.Generator) -> None:
    """The backward of softmax hands on the gradient as it is, as if softmax were the identity."""
    setup.layers[-1] = "lab_softmax(variant=1)"


@fault("gradients_do_not_match", hint="Check the gradients.")
def no_gradient_of_bias(setup: Setup, rng: np.random.Generator) -> None:
    """The gradient of the bias is missing, so it stays zero."""
    _lab_dense(setup, 1)


@fault("gradients_accumulate", hint="Run the same batch backward twice.")
def gradients_not_reset(setup: Setup, rng: np.random.Generator) -> None:
    """Gradients are added to those of the batches before, and are never set to zero."""
    _lab_dense(setup, 2)


@fault("gradients_do_not_match", hint="Check the gradients.", suits=_has_dense_layers_alike)
def overwritten_cache(setup: Setup, rng: np.random.Generator) -> None:
    """Layers share one cache, so the second layer of a size overwrites what the first one keeps for backward."""
    first = setup.dense_layers()[0]
    units = setup.layers[first].removeprefix("dense(").removesuffix(")")
    setup.layers[first + 2 : first + 2] = [f"dense({units})", setup.layers[first + 1]]
    _lab_dense(setup, 3)


@fault("gradients_do_not_match", hint="Check the gradients.")
def relu_passes_everything_back(setup: Setup, rng: np.random.Generator) -> None:
    """The backward of relu hands on all gradients, those of units at zero too."""
    for place, spec in enumerate(setup.layers):
        if spec in ("relu", "tanh"):
            setup.layers[place] = "lab_relu(variant=1)"


@fault("random_at_test_time", hint="Predict the same samples twice.")
def dropout_at_test_time(setup: Setup, rng: np.random.Generator) -> None:
    """Dropout hides values outside training too, so answers are random."""
    setup.layers.insert(setup.dense_layers()[-1], "lab_dropout(0.3, variant=1)")


@fault("not_reproducible", hint="Train twice with one seed.")
def random_without_seed(setup: Setup, rng: np.random.Generator) -> None:
    """Dropout draws from NumPy's global generator, which no seed of the training decides."""
    setup.layers.insert(setup.dense_layers()[-1], "lab_dropout(0.3, variant=2)")
