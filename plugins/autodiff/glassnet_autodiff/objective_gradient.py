"""The gradient of a whole objective by the tape: network, loss and penalties in one trace."""

from __future__ import annotations

from typing import Any

from glassnet.model.mask import at_real_steps, mask_of_targets
from glassnet.model.objective import Objective
from glassnet.types import Array
from glassnet_autodiff.kinks import backward
from glassnet_autodiff.tape import Tape
from glassnet_autodiff.traced_layer import TracingContext
from glassnet_autodiff.tree import tree_map


def objective_gradient(objective: Objective, x: Array, y: Array, *, step: int, seed: int) -> Array:
    """Return the derivative of an objective as the tape finds it, in the order of ``network.flat_parameters``.

    No component's own derivative is asked. What is not trained has its derivative all the same.

    Raises
    ------
    TracingError
        When some component's forward does what the tape cannot follow, or has a kink.
    """
    network = objective.network
    tape = Tape(network.dtype)
    vector: Any = tape.array(network.flat_parameters)
    inputs: Any = tape.array(x) if x.dtype.kind == "f" else x
    with network.workspace(training=True, step=step, seed=seed) as ctx:
        context = TracingContext(tape, ctx, tree_map(tape.array, ctx.state))
        output, _ = objective.sequence.forward(network.layout.views(vector), inputs, context)
    mask = mask_of_targets(context.mask, y)
    value: Any = objective.loss.forward(at_real_steps(mask, output), at_real_steps(mask, y))
    slices = {slice_.name: slice_ for slice_ in network.layout.slices}
    for regularizer, name, _ in objective.penalised:
        value = value + regularizer.penalty(slices[name].view(vector))
    backward(tape, value, smooth=True)
    gradient: Array = vector.gradient
    return gradient
