"""The numbers of one training step: of each layer, of the loss, and of the change of each parameter."""

from __future__ import annotations

import attrs

from glassnet.types import Array
from glassnet_explanations.arithmetic.layer_graph import LayerGraph


@attrs.frozen(eq=False, repr=False)
class ExplainedLayer:
    """One layer in a step.

    Attributes
    ----------
    name
        Its index as text, which begins the names of its parameters.
    title
        Its spec, such as ``"dense(3)"``.
    formula, gradient_formula
        What it computes, and its derivative, in plain text.
    values
        Arrays before the step: ``"input"``, ``"output"``, and parameters and state by their names in the layer.
    gradients
        The derivative of the loss, without penalties, with respect to each of them; what has none is left out.
    graph
        The arithmetic, element by element; None if the layer cannot be traced.
    """

    name: str
    title: str
    formula: str
    gradient_formula: str
    values: dict[str, Array]
    gradients: dict[str, Array]
    graph: LayerGraph | None

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in self.values.items())
        return f"{self.name}  {self.title}: {shapes}"


@attrs.frozen(eq=False, repr=False)
class ExplainedLoss(ExplainedLayer):
    """The loss in a step.

    Its values are ``"predictions"``, ``"targets"`` and ``"loss"``, and ``"weights"`` where samples are weighted. The
    predictions are what the loss was given: where it takes the last activation in, the input of that activation.

    Attributes
    ----------
    activation
        The spec of the activation that the loss takes in, or None.
    """

    activation: str | None


@attrs.frozen
class NamedPart:
    """A component that takes part in a step: its spec, its formula, and its value, if it has one."""

    title: str
    formula: str
    value: float = 0.0


@attrs.frozen(eq=False, repr=False)
class StepNumbers:
    """All numbers of one training step; computed in float64.

    Attributes
    ----------
    loss
        The loss of the batch, penalties included.
    penalty
        The sum of the penalties.
    layers
        The layers in their order.
    loss_part
        The loss itself.
    parameters
        The parameters before the step by name.
    gradients
        The derivative of the loss with respect to each, without penalties.
    updates
        For each parameter that is trained, the terms of its change: ``"gradient"``, ``"penalty"``, ``"momentum"``, ….
        ``"total"`` is the parameter after the step minus the parameter before, and the others add up to it.
    lr
        The step size of the step, and the optimizer's own.
    step
        The number of steps before this one.
    optimizer
        Its spec.
    penalties
        What the regularizers add to the loss, by the parameters that they penalise.
    schedule, constraints
        The schedule, or None, and the constraints by their parameters.
    """

    loss: float
    penalty: float
    layers: tuple[ExplainedLayer, ...]
    loss_part: ExplainedLoss
    parameters: dict[str, Array]
    gradients: dict[str, Array]
    updates: dict[str, dict[str, Array]]
    lr: float
    base_lr: float
    step: int
    optimizer: str
    optimizer_formula: str
    penalties: dict[str, NamedPart]
    schedule: NamedPart | None
    constraints: dict[str, NamedPart]

    def __repr__(self) -> str:
        lines = [f"loss {self.loss:.6g}", *map(repr, self.layers)]
        lines += [
            f"{name}: {' + '.join(term for term in terms if term != 'total')}" for name, terms in self.updates.items()
        ]
        return "\n".join(lines)
