"""Samples and targets as a network computes with them, checked as `fit` and `evaluate` check them."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.data.arrays import make_class_weights, read_array
from glassnet.data.loader import caster_for, expected_by
from glassnet.model.objective import Objective
from glassnet.run.config import EvaluationConfig
from glassnet_splits.split import as_split, weighted


@attrs.frozen(eq=False)
class Batch:
    """Samples, targets and weights as an objective takes them, and the objective."""

    x: gn.Array
    y: gn.Array
    weights: gn.Array | None
    objective: Objective


def read_samples(network: gn.Network, x: Any) -> gn.Array:
    """Return samples as the first layer reads them.

    Raises
    ------
    DataError, ShapeError
        If the network cannot take them.
    """
    x = network.preprocessing.samples(x) if network.reads_rows(x) else x
    samples, columns = read_array(x, "x", network.input_shape)
    expected_by(network).check_inputs(samples, "x", columns)
    read: gn.Array = caster_for(network)(np.asarray(samples))
    return read


def read_batch(
    network: gn.Network,
    x: Any,
    y: Any = None,
    loss: gn.Loss | str | None = None,
    *,
    regularizer: gn.Regularizer | str | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
) -> Batch:
    """Return a batch with its objective; loss and regularizer are by default those of the last `fit`.

    Raises
    ------
    DataError, ShapeError
        If the data do not fit the network or the loss.
    NotBuiltError
        If the network was not trained and no loss is given.
    """
    measures = network.evaluation_config
    if loss is None and measures is None:
        raise gn.NotBuiltError("the network was not trained, so a loss is needed; pass loss='mse' or another one")
    given = {name: value for name, value in {"loss": loss, "regularizer": regularizer}.items() if value is not None}
    measures = EvaluationConfig(**given) if measures is None else measures.replace(**given)
    rows = network.preprocessing.split(x, y) if network.reads_rows(x) else as_split(x, y)
    split = weighted(rows, sample_weight)
    loader = network.loader(split, measures.loss)
    of_classes = make_class_weights(class_weight, loader, network.output_shape)
    (samples, targets), weights = next(loader.sequential_batches(len(split)))
    if of_classes is not None:
        weights = of_classes.times(weights, targets)
    return Batch(samples, targets, weights, Objective(network, measures.loss, measures.regularizer))
