"""Evaluation: loss and metrics over data, without training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glassnet.data.loader import DataLoader
from glassnet.data.weights import ClassWeights, no_weight
from glassnet.errors import DataError
from glassnet.model.mask import at_real_steps, mask_of_targets, weight_of_batch, weights_of_steps
from glassnet.training.prediction import ROWS_AT_ONCE

if TYPE_CHECKING:
    from glassnet.components.metric import Metric
    from glassnet.model.model import Model
    from glassnet.model.objective import Objective


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
