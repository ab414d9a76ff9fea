"""A whole network, and its objective, as functions of the vector of parameters and the input: for the tape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.model.mask import at_real_steps, mask_of_targets, weights_of_steps
from glassnet.types import Array
from glassnet_autodiff.traced_array import TracedArray
from glassnet_autodiff.traced_layer import TracingContext
from glassnet_autodiff.tree import tree_map

if TYPE_CHECKING:
    from glassnet.model.model import Model
    from glassnet.model.objective import Objective
    from glassnet.model.sequential import LayerSequence


def run_traced(
    network: Model, sequence: LayerSequence, vector: Any, x: Any, *, training: bool, seed: int
) -> tuple[Any, Array | None]:
    """Return the output of layers of a network, and its mask, for a traced vector of parameters.

    Parameters
    ----------
    network, sequence
        The network, which stays as it is, and the layers to run.
    vector
        All parameters on a tape, in the order of ``network.flat_parameters``.
    x
        The input, traced or not.
    training, seed
        As in `Model.workspace`.
    """
    tape = vector.tape
    with network.workspace(training=training, seed=seed) as ctx:
        context = TracingContext(tape, ctx, tree_map(tape.array, ctx.state))
        if isinstance(x, TracedArray):  # the mask is found in the plain numbers
            context.mask, context.reads_input = sequence.mask_of_input(x.value), False
        output, _ = sequence.forward(network.layout.views(vector), x, context)
    return output, context.mask


def objective_value(
    objective: Objective, vector: Any, x: Any, y: Array, weights: Array | None, *, training: bool, seed: int
) -> Any:
    """Return the loss of a batch, penalties included, as a traced number; a weighted mean if there are weights."""
    network: Any = objective.network
    output, mask = run_traced(network, objective.sequence, vector, x, training=training, seed=seed)
    mask = mask_of_targets(mask, y)
    output, y, weights = at_real_steps(mask, output), at_real_steps(mask, y), weights_of_steps(mask, weights)
    if weights is None:
        value: Any = objective.loss.forward(output, y)
    else:
        value = np.sum(weights / weights.sum() * objective.loss.per_sample(output, y))
    slices = {slice_.name: slice_ for slice_ in network.layout.slices}
    for regularizer, name, _ in objective.penalised:
        value = value + regularizer.penalty(slices[name].view(vector))
    return value
