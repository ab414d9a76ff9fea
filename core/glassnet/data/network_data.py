"""Data get ready for one network: checked, split, weighted, and converted to what its layers and a loss take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glassnet.components.loss import Loss
from glassnet.data.arrays import ClassWeights, make_class_weights
from glassnet.data.loader import DataLoader
from glassnet.data.preparation import Expected, Preparation, input_rules
from glassnet.support.random import stream
from glassnet.types import Array


def expected_by(network: Any, inputs: Any = None) -> Expected:
    """Return what data have to be like; by default as in the network's training."""
    shape, dtype = (network.input_shape, network.dtype) if network.is_built else (None, np.dtype(np.float32))
    return input_rules().expected(shape, dtype, inputs or network.inputs)


def caster_for(network: Any, inputs: Any = None) -> Callable[[Array], Array]:
    """Return what turns samples into what the first layer reads; by default as in the network's training."""
    return input_rules().caster(network, inputs or network.inputs)


def _ready_for(network: Any, loss: Loss, inputs: Any = None, class_weights: ClassWeights | None = None) -> Preparation:
    return Preparation(
        expected_by(network, inputs),
        caster_for(network, inputs),
        lambda y: loss.prepare_targets(y, network.output_shape, network.dtype),
        class_weights,
    )


def ready_loader(
    network: Any, loader: DataLoader, loss: Loss, name: str = "", class_weights: ClassWeights | None = None
) -> DataLoader:
    """Return a loader whose data are checked, and ready for a network and a loss; `name` is for messages."""
    loader.check(expected_by(network), name)
    loader.prepare(_ready_for(network, loss, class_weights=class_weights), name)
    return loader


class Prepared(NamedTuple):
    """Data that are ready: those to train on, those to validate with, the weights of classes, and what samples are."""

    data: DataLoader
    validation: DataLoader | None
    class_weights: ClassWeights | None
    inputs: Any


def prepare_data(
    network: Any, options: Any, data: DataLoader, validation: DataLoader | None, class_weight: Any
) -> Prepared:
    """Return what a network is trained on, and measured on between epochs; build it if it is not built."""
    data.check(expected_by(network))
    held_out = None
    if options.validation is not None:
        data, held_out = data.train_test_split(options.validation, stream(options.seed, "validation"))
    if not network.is_built:
        network._build(data.sample_shape, seed=options.seed)
    inputs = network.inputs or data.inputs(network.integer_input)
    weights = make_class_weights(class_weight, data, network.output_shape)
    data.prepare(_ready_for(network, options.loss, inputs, weights))
    if validation is not None:
        validation.check(expected_by(network, inputs), "validation ")
    validation = validation or held_out
    if validation is not None:
        validation.prepare(_ready_for(network, options.loss, inputs), "validation ")
    return Prepared(data, validation, weights, inputs)
