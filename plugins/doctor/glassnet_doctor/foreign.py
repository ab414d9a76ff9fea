"""Components that do not come with glassnet: only these are checked, since ours pass the conformance checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.component import Component, components_in
from glassnet.model.objective import Objective
from glassnet.registry.registry import registry
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.network import Network
    from glassnet_autodiff.check_once import objective_gradients
from glassnet_doctor.case import Case

_SAMPLES = 6


def is_foreign(component: Component) -> bool:
    """Tell whether a component is of another distribution, or of none."""
    entry = registry.entry_of(type(component))
    # What a hook registers has no entry point of its own, even if it comes with glassnet.
    return entry is None or entry.is_by_hand or not entry.is_own or entry.target.startswith("glassnet_lab")


def foreign_in(value: Any) -> list[Component]:
    """Return the components of others in some layers, a loss or an optimizer, in their order."""
    return [each for each in components_in(value) if is_foreign(each)]


def foreign_parts(case: Case) -> list[Component]:
    """Return the layers, the loss and the regularizers that others wrote."""
    return foreign_in([*case.network.layers, case.loss, *([case.regularizer] if case.regularizer else [])])


def where_is(case: Case, component: Component) -> str:
    """Return a component in messages: a layer with its place, all others with their kind."""
    for index, layer in enumerate(case.network.layers):
        if any(each is component for each in components_in(layer)):
            return f"layer {index} '{layer!r}'"
    return f"{component.kind} '{component!r}'"


def exact_twin(case: Case) -> tuple[Network, Array, Array]:
    """Return the network in float64 with parameters off their kinks, and a few samples and targets."""
    twin = case.network.copy(dtype="float64")
    rng = np.random.default_rng(0)
    vector = twin.flat_parameters
    vector += rng.normal(scale=0.05 * (float(vector.std()) or 1.0), size=vector.shape)
    x, y = (np.array(each[:_SAMPLES]) for each in case.batch)
    as_float = [each.astype(np.float64) if each.dtype.kind == "f" else each for each in (x, y)]
    return twin, as_float[0], as_float[1]


def gradients_of(case: Case, twin: Network, x: Array, y: Array) -> Array:
    """Return the gradients of the objective by all parameters."""
    objective = Objective(twin, case.loss, case.regularizer)
    objective_gradients(objective, x, y)
    return twin.gradients.copy()


def difference_of_passes(case: Case) -> float:
    """Return the largest difference between the outputs of two passes in training, with one seed."""
    x = case.batch[0][:32]
    once, again = (_outputs_in_training(case.network.copy(), x) for _ in range(2))
    return float(np.max(np.abs(once - again)))


def _outputs_in_training(network: Network, x: Array) -> Array:
    with network.workspace(training=True, step=0, seed=0) as ctx:
        y, _ = network.sequence.forward(network.parameter_views, x, ctx)
        return np.array(y)
