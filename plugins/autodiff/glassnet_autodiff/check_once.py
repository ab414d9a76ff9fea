"""Derived derivatives of a run are compared with differences once, on its first batch."""

from __future__ import annotations

import glassnet as gn
from glassnet.model.objective import Objective
from glassnet.types import Array
from glassnet_autodiff.derives import has_derived
from glassnet_autodiff.first_use import check_components


def check_objective(objective: Objective, x: Array, y: Array, *, step: int = 0, seed: int = 0) -> None:
    """Raise `TracingError` if a derived derivative of an objective is wrong on a batch.

    Parameters
    ----------
    objective
        Network, layers, loss and penalties.
    x, y
        The batch.
    step, seed
        Where the random numbers of the layers come from.
    """
    if has_derived(objective.network, [objective.loss, *(each for each, _, _ in objective.penalised)]):
        check_components(objective, x, y, step=step, seed=seed)


def objective_gradients(
    objective: Objective, x: Array, y: Array, weights: Array | None = None, *, step: int = 0, seed: int = 0
) -> tuple[float, Array]:
    """Fill ``network.gradients`` with the derivative of an objective on one batch, without a run.

    Parameters
    ----------
    objective
        Network, layers, loss and penalties.
    x, y
        Samples and targets, as `DataLoader` hands them out.
    weights
        A weight for each sample, or None: all count alike.
    step, seed
        Where the random numbers of layers such as dropout come from.

    Returns
    -------
    loss, predictions
        The objective's value, and the network's outputs.
    """
    check_objective(objective, x, y, step=step, seed=seed)
    with objective.network.workspace(training=True, step=step, seed=seed) as ctx:
        output, caches = objective.forward(x, y, ctx)
        loss, dy = objective.loss_and_gradient(output, y, weights)
        objective.backward(caches, dy, ctx)
    return loss, objective.activate(output)


class CheckDerived(gn.Callback):
    """Compares derived derivatives with differences before the first step."""

    def forward_step(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if not hasattr(memory, "_is_checked"):
            memory._is_checked = True
            x, y = run.lent_batch
            check_objective(run.objective, x, y, step=run.began.steps + run.step, seed=run.options.seed)
