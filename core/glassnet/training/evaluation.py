"""Use without training: loss and metrics over data, and outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.services import executor, prepared
from glassnet.data.arrays import read_array, row_blocks
from glassnet.data.loader import DataLoader
from glassnet.data.network_data import caster_for, expected_by, ready_loader
from glassnet.data.validation import are_finite, check_finite
from glassnet.data.weights import ClassWeights, make_class_weights, no_weight
from glassnet.errors import DataError, OptionError
from glassnet.model.mask import at_real_steps, mask_of_targets, weight_of_batch, weights_of_steps
from glassnet.model.objective import Objective
from glassnet.registry.plugins import plugin_hooks
from glassnet.run.config import EvaluationConfig
from glassnet.support.arguments import check_out
from glassnet.support.executor import serial_for
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
            mask = mask_of_targets(ctx.mask, y)
            weight = weight_of_batch(mask, y, of_loss)
            y, predictions = at_real_steps(mask, y), at_real_steps(mask, predictions)
            total += loss * weight
            total_weight += weight
            measuring.add(started, y, predictions, weights_of_steps(mask, weights))
    if total_weight == 0:
        raise DataError(no_weight("", masked=mask is not None))
    figures = {name: metric.compute() for name, metric in started.items()}
    return {"loss": total / total_weight + objective.penalty(), **figures}


# Where nothing is trained, results do not depend on the batch size; this one keeps activations in the cache.
ROWS_AT_ONCE = 512
# With this number of multiplications, other threads are worth waking.
_SHARED = 5_000_000


def evaluate(network: Any, data: DataLoader, config: EvaluationConfig, class_weight: Any) -> dict[str, Any]:
    """Return the loss, penalties included, and the metrics on some data; see `Network.evaluate`."""
    objective = Objective(network, config.loss, config.regularizer, lambda each, _: prepared(each))
    class_weights = make_class_weights(class_weight, data, network.output_shape)
    ready_loader(network, data, config.loss, class_weights=class_weights)
    return measure(network, data, objective, config.metrics, class_weights)


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
    expected = expected_by(network)
    expected.check_form(inputs, "x", columns)
    expected.check_scale(inputs, "x")
    if out is not None or columns is not None:  # nothing is written if something is wrong, and columns are named
        check_finite(inputs, "x", columns)
    shape = (len(inputs), *network.output_shape)
    if out is not None:
        check_out(out, shape)
    outputs = np.empty(shape, network.dtype) if out is None else out
    if not _fill(network, inputs, outputs):
        plugin_hooks().glassnet_nonfinite_outputs(network=network)
    return outputs


def _fill(network: Any, inputs: Any, outputs: Any) -> bool:
    """Fill `outputs` with the network's outputs for `inputs`; both may be in files. Return whether all are finite.

    Each thread converts samples by a converter of its own, since a converter has a buffer.

    Raises
    ------
    DataError
        When there is NaN or infinity in `inputs`; some of `outputs` may be filled by then.
    """

    def fill(read: Array, start: int, block: int, worker: int) -> None:
        first = block * ROWS_AT_ONCE
        samples = read[first : first + ROWS_AT_ONCE]
        if not are_finite(samples):  # looked at just before they are used, they are read from memory once
            check_finite(inputs, "x")
        x = converters[worker](samples)
        with network.workspace(training=False) as ctx:
            y, _ = sequence.forward(network.parameter_views, x, ctx)
            outputs[start + first : start + first + len(y)] = y
            if not are_finite(y):
                bad_blocks.append(block)

    bad_blocks: list[int] = []
    sequence = network.prepared_sequence
    converters = [caster_for(network) for _ in range(executor().num_workers(len(inputs)))]
    for_each = executor().parallel_for if len(network.flat_parameters) * len(inputs) >= _SHARED else serial_for
    for block in row_blocks(inputs, ROWS_AT_ONCE):
        read = np.asarray(inputs[block])
        for_each(math.ceil(len(read) / ROWS_AT_ONCE), partial(fill, read, block.start))
    return not bad_blocks
