"""Validation, evaluation and prediction that the ranks divide among themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import prepared
from glassnet.data.array_loader import Batch
from glassnet.data.arrays import no_weight
from glassnet.data.loader import make_loader, ready_loader
from glassnet.model.mask import at_real_steps, mask_of_targets, weight_of_batch, weights_of_steps
from glassnet.model.objective import Objective
from glassnet.run.config import evaluation_config
from glassnet.run.run_figures import scalars_only
from glassnet.training.evaluation import ROWS_AT_ONCE
from glassnet_distributed.joint_metrics import Counted, merge_totals, vars_of
from glassnet_distributed.mpi_communicator import communicator
from glassnet_distributed.shares import rank_loader


def measure_together(network: Any, data: Any, objective: Objective, metrics: Sequence[gn.Metric]) -> dict[str, Any]:
    """Return the objective and the metrics over all of the data; each rank computes its part of them."""
    total, weight, counted, kept = _measure_part(network, data.own_batches(ROWS_AT_ONCE), objective, metrics)
    mergeable = {name: vars_of(each) for name, each in counted.items() if each.mergeable}
    parts = data.ranks.gather((total, weight, mergeable, kept))
    total_weight = sum(weight for _, weight, _, _ in parts)
    if total_weight == 0:
        raise gn.DataError(no_weight(""))
    joined = objective.measuring.fresh(metrics)
    others = {name: each for name, each in joined.items() if not each.mergeable}
    for _, _, theirs, batches in parts:
        for name, totals in theirs.items():
            merge_totals(joined[name], totals)
        for batch in batches:
            objective.measuring.add(others, *batch)
    loss = sum(total for total, _, _, _ in parts) / total_weight
    figures = {name: metric.compute() for name, metric in joined.items()}
    return {"loss": loss + objective.penalty(), **figures, **scalars_only(figures)}


def _measure_part(
    network: Any, batches: Iterator[Batch], objective: Objective, metrics: Sequence[gn.Metric]
) -> tuple[float, float, dict[str, gn.Metric], list[Counted]]:
    """Return the sums of loss and weights, the metrics, and the batches for those that cannot be merged."""
    measuring = objective.measuring
    counted = measuring.fresh(metrics)
    kept: list[Counted] = []
    total = total_weight = 0.0
    with network.workspace(training=False) as ctx:
        for (x, y), weights in batches:
            loss, predictions = objective.value(x, y, weights, ctx)
            mask = mask_of_targets(ctx.mask, y)
            weight = weight_of_batch(mask, y, weights)
            total += loss * weight
            total_weight += weight
            targets, predictions = at_real_steps(mask, y), at_real_steps(mask, predictions)
            batch = targets, predictions, weights_of_steps(mask, weights)
            measuring.add(counted, *batch)
            if not all(each.mergeable for each in metrics):
                kept.append(batch)
    return total, total_weight, counted, kept


def evaluate(
    network: gn.Network, x: Any, y: Any = None, *, loss: Any = None, metrics: Any = None, sample_weight: Any = None
) -> dict[str, Any]:
    """Return what `Network.evaluate` returns; each rank computes a part of it. All ranks call it with the same data.

    Parameters
    ----------
    network
        A network that is the same on all ranks.
    x, y, loss, metrics, sample_weight
        As for `Network.evaluate`.
    """
    ranks = communicator()
    if ranks.size == 1 or network.reads_rows(x):
        return network.evaluate(x, y, loss=loss, metrics=metrics, sample_weight=sample_weight)
    config = evaluation_config(network.evaluation_config, loss, metrics)
    objective = Objective(network, config.loss, config.regularizer, lambda each, _: prepared(each))
    data = rank_loader(make_loader(x, y, sample_weight=sample_weight), ranks)
    ready_loader(network, data, config.loss)
    return measure_together(network, data, objective, config.metrics)


def check(network: gn.Network, data: Any, loss: gn.Loss, name: str) -> None:
    """Raise the error with which `evaluate` would refuse a split; `name` is for the message."""
    ranks = communicator()
    loader = make_loader(data)
    ready_loader(network, loader if ranks.size == 1 else rank_loader(loader, ranks), loss, name)


def predict(network: gn.Network, x: Any) -> gn.Array:
    """Return what `Network.predict` returns, on every rank; each computes a part of it.

    Parameters
    ----------
    network
        A network that is the same on all ranks.
    x
        Samples or rows, the same on all ranks. Those in a file are read by the rank that needs them.
    """
    ranks = communicator()
    # Whole blocks, as one process predicts them: with few rows, some BLAS round a product in another way.
    blocks = -(-len(x) // ROWS_AT_ONCE)
    first, end = (ROWS_AT_ONCE * (blocks * part // ranks.size) for part in (ranks.rank, ranks.rank + 1))
    rows = slice(min(first, len(x)), min(end, len(x)))
    # A rank without rows takes one, to know the shape of an answer.
    own = network.predict(x[rows] if rows.stop > rows.start else x[:1])
    return np.concatenate(ranks.gather(own[: rows.stop - rows.start]))
