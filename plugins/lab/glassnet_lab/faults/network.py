"""Faults in the network."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_lab.fault import fault, has_classes, has_labels, has_values
from glassnet_lab.setup import Setup


def _hidden(setup: Setup) -> list[int]:
    return setup.dense_layers()[:-1]


def _activations(setup: Setup) -> list[int]:
    return [place for place, spec in enumerate(setup.layers) if spec in ("relu", "tanh")]


def _deep(setup: Setup, depth: int, activation: str, weight_init: str = "") -> None:
    """Replace the hidden layers by this number of dense ones."""
    last = setup.layers[setup.dense_layers()[-1] :]
    option = f", weight_init='{weight_init}'" if weight_init else ""
    first = [] if setup.train.x.ndim == 2 else ["flatten"]
    setup.layers = first + [f"dense(32{option})", activation] * depth + last


@fault("all_weights_equal", hint="Look at the weights of one layer, column by column.")
def all_weights_zero(setup: Setup, rng: np.random.Generator) -> None:
    """All weights start at zero, so all units of a layer learn the same."""
    for place in setup.dense_layers():
        setup.with_option(place, "weight_init='zeros'")


@fault("dead_relu", hint="Look at the outputs of the first activation.")
def dead_units(setup: Setup, rng: np.random.Generator) -> None:
    """The biases of a layer start at -100, so its relu gives 0 for every sample, and gets no gradient."""
    for place in _activations(setup):
        setup.layers[place] = "relu"
    first = setup.dense_layers()[0]

    def change(network: gn.Network) -> None:
        network.parameters[f"{first}.bias"][:] = -100

    setup.change_built = change


@fault("vanishing_gradients", hint="Compare the gradients of the first and the last layer.")
def eight_sigmoid_layers(setup: Setup, rng: np.random.Generator) -> None:
    """Eight layers of sigmoid multiply the gradient with a quarter or less each, so the first layers do not learn."""
    _deep(setup, 8, "sigmoid")
    setup.options["optimizer"] = "sgd(lr=0.1)"


@fault("saturated_units", "poor_initialization", hint="Look at the outputs of the activations.")
def huge_weights(setup: Setup, rng: np.random.Generator) -> None:
    """The first weights are so large that tanh is at its bounds, where it has no slope."""
    _deep(setup, 3, "tanh", "normal(std=5)")
    setup.options["optimizer"] = "sgd(lr=0.01)"


@fault("exploding_gradients", "poor_initialization", hint="Compare the gradients of the first and the last layer.")
def growing_gradients(setup: Setup, rng: np.random.Generator) -> None:
    """Each layer multiplies signal and gradient, since the first weights are ten times too large."""
    _deep(setup, 6, "relu", "normal(std=3)")
    setup.options["optimizer"] = "sgd(lr=0.01)"


@fault("poor_initialization", "vanishing_gradients", hint="Look at the size of the weights and of the outputs.")
def tiny_weights(setup: Setup, rng: np.random.Generator) -> None:
    """The first weights are so small that nothing of the inputs arrives at the end."""
    _deep(setup, 4, "relu", "normal(std=0.001)")
    setup.options["optimizer"] = "sgd(lr=0.05)"


@fault("linear_layers_in_a_row", hint="Read the layers from first to last.")
def no_activation(setup: Setup, rng: np.random.Generator) -> None:
    """An activation is missing, so two layers with weights compute what one could."""
    del setup.layers[_activations(setup)[-1]]


@fault("softmax_inside", hint="Read the layers from first to last.")
def softmax_inside(setup: Setup, rng: np.random.Generator) -> None:
    """A hidden layer ends in softmax, so its units share one unit of activity."""
    setup.layers[_activations(setup)[-1]] = "softmax"


@fault("softmax_inside", hint="Read the last layers.", suits=has_labels)
def relu_before_the_end(setup: Setup, rng: np.random.Generator) -> None:
    """A relu in front of the last activation cuts off all values below zero."""
    setup.layers.insert(len(setup.layers) - 1, "relu")


@fault("missing_bias", hint="Ask what the network answers for a sample of zeros.")
def no_bias(setup: Setup, rng: np.random.Generator) -> None:
    """No layer has a bias, so units cannot move where they bend."""
    for place in setup.dense_layers():
        setup.with_option(place, "bias=False")


@fault("dropout_before_batch_norm", hint="Think of the variance that batch_norm sees in use.")
def dropout_before_batch_norm(setup: Setup, rng: np.random.Generator) -> None:
    """Dropout changes the variance in training alone, and batch_norm behind it keeps that variance for use."""
    first, second = setup.dense_layers()[0], setup.dense_layers()[1]
    setup.layers.insert(second + 1, "batch_norm")
    setup.layers.insert(first + 2, "dropout(0.3)")


@fault("dropout_too_strong", hint="Count what gets through.")
def dropout_of_95_percent(setup: Setup, rng: np.random.Generator) -> None:
    """Dropout hides 97 % of the values, so next to nothing gets through in training."""
    setup.layers.insert(_activations(setup)[-1] + 1, "dropout(0.97)")


@fault("layer_learns_nothing", hint="Compare the weights before and after the training.")
def frozen_layer(setup: Setup, rng: np.random.Generator) -> None:
    """A hidden layer is not trained, and keeps its random weights."""
    setup.with_option(int(rng.choice(_hidden(setup))), "trainable=False")


@fault("batch_norm_statistics", hint="Compare the loss in training and the loss on the same samples afterwards.")
def slow_running_statistics(setup: Setup, rng: np.random.Generator) -> None:
    """The running mean and variance move so slowly that they are still those of the start."""
    place = setup.dense_layers()[0] + 1
    setup.layers.insert(place, "batch_norm(momentum=0.9999)")
    setup.map_inputs(lambda x: x * 5 + 8)


@fault("wrong_loss", hint="Does the loss suit the last layer?", suits=has_labels)
def squared_error_of_probabilities(setup: Setup, rng: np.random.Generator) -> None:
    """Squared errors of probabilities have almost no gradient where an answer is quite wrong."""
    setup.options["loss"] = "mean_squared_error"
    if setup.task == "classes":
        classes = int(np.asarray(setup.train.y).max()) + 1
        setup.map_targets(lambda y: np.eye(classes, dtype=np.float32)[y.reshape(-1)], test_too=True)


@fault("wrong_loss", hint="Does the loss suit the last layer?", suits=has_classes)
def no_softmax(setup: Setup, rng: np.random.Generator) -> None:
    """The last softmax is missing, and the loss takes the logarithm of numbers that are not probabilities."""
    del setup.layers[-1]


@fault("wrong_loss", hint="Which targets can the network reach?", suits=has_values)
def relu_at_the_end(setup: Setup, rng: np.random.Generator) -> None:
    """The network ends in relu, and half of the targets are below zero."""
    setup.layers.append("relu")
