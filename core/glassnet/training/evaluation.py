"""Use without training: loss and metrics over data, and outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.services import prepared
from glassnet.data.arrays import ClassWeights, Columns, make_class_weights, no_weight, read_array
from glassnet.data.loader import DataLoader, caster_for, expected_by, ready_loader
from glassnet.errors import DataError, OptionError
from glassnet.model.mask import counted, mask_of_targets, weight_of_batch
from glassnet.model.objective import Objective
from glassnet.registry.plugins import plugin_hooks
from glassnet.run.config import EvaluationConfig
from glassnet.run.run_figures import Figures, scalars_only
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.metric import Metric
    from glassnet.model.model import Model


def measure(
    model: Model,
    data: DataLoader,
    objective: Objective,
    metrics: Sequence[Metric],
    class_weights: ClassWeights | None = None,
) -> dict[str, Any]:
    """Return the objective and the metrics over all of `data`; class weights count in the objective alone.

    Raises
    ------
    DataError
        If no sample has a weight above 0.
    """
    measuring = objective.measuring
    started = measuring.fresh(metrics)
    total = total_weight = 0.0
    with model.workspace(training=False) as ctx:
        for (x, y), weights in data.sequential_batches(ROWS_AT_ONCE):
            of_loss = weights if class_weights is None else class_weights.times(weights, y)
            loss, predictions = objective.value(x, y, of_loss, ctx)
            mask = None if ctx.mask is None else mask_of_targets(ctx.mask, y)
            weight = weight_of_batch(mask, y, of_loss)
            weights, y, predictions = counted(mask, weights, y, predictions)
            total += loss * weight
            total_weight += weight
            measuring.add(started, y, predictions, weights)
    if total_weight == 0:
        raise DataError(no_weight("", masked=mask is not None))
    figures = {name: metric.compute() for name, metric in started.items()}
    return Figures({"loss": total / total_weight + objective.penalty(), **figures, **scalars_only(figures)})


# Where nothing is trained, results do not depend on the batch size; this one keeps activations in the cache.
ROWS_AT_ONCE = 512


def evaluate(network: Any, data: DataLoader, config: EvaluationConfig, class_weight: Any) -> dict[str, Any]:
    """Return the loss, penalties included, and the metrics on some data; see `Network.evaluate`."""
    objective = Objective(network, config.loss, config.regularizer, lambda each, _: prepared(each))
    class_weights = make_class_weights(class_weight, data, network.output_shape)
    ready_loader(network, data, config.loss, class_weights=class_weights)
    with without_warnings_of_numpy():
        figures = measure(network, data, objective, config.metrics, class_weights)
    plugin_hooks().glassnet_check_figures(network=network, metrics=config.metrics, figures=figures)
    return figures


def without_warnings_of_numpy() -> np.errstate:
    """Return what silences NumPy's warnings of overflow. A user who asked for errors gets them."""
    silenced: Any = {kind: "ignore" for kind, what in np.geterr().items() if what == "warn" and kind != "under"}
    return np.errstate(**silenced)


def predict(network: Any, x: Any, out: Array | None) -> Array:
    """Return the outputs of a network, or its answers for rows; see `Network.predict`."""
    if not network.reads_rows(x):
        return _outputs(network, x, out)
    if out is not None:
        raise OptionError("out takes the outputs for arrays, and x are rows; leave out=… away")
    answers: Array = network.preprocessing.answers(_outputs(network, network.preprocessing.samples(x), None))
    return answers


def _outputs(network: Any, x: Any, out: Array | None) -> Array:
    inputs, columns = read_array(x, "x", network.input_shape)
    return _predictor()(network, inputs, columns, out)


@cache
def _predictor() -> Callable[[Any, Any, Columns, Array | None], Array]:
    """Return the answer to the hook `glassnet_predictor`, or what runs all samples in this thread."""
    found: Callable[..., Array] | None = plugin_hooks().glassnet_predictor()
    return _outputs_in_order if found is None else found


def _outputs_in_order(network: Any, inputs: Any, columns: Columns, out: Array | None) -> Array:
    expected_by(network).check_inputs(inputs, "x", columns)
    outputs = np.empty((len(inputs), *network.output_shape), network.dtype) if out is None else out
    convert = caster_for(network)
    with network.workspace(training=False) as ctx:
        for start in range(0, len(inputs), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            x = convert(np.asarray(inputs[rows]))
            outputs[rows], _ = network.prepared_sequence.forward(network.parameter_views, x, ctx)
    return outputs
