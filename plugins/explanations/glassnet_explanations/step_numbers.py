"""The numbers of one training step: of each layer, of the loss, and of the change of each parameter."""

from __future__ import annotations

import attrs

from glassnet.types import Array
from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.table_rows import TableRows


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
    settings
        The numbers that the formula calls by name, such as ``negative_slope``.
    shared
        Of a layer that is in several places: the names of its parameters in the layer, and in the network.
    """

    name: str
    title: str
    formula: str
    gradient_formula: str
    values: dict[str, Array]
    gradients: dict[str, Array]
    graph: LayerGraph | None
    settings: dict[str, float] = attrs.field(factory=dict, kw_only=True)
    shared: dict[str, str] = attrs.field(factory=dict, kw_only=True)

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
    """A component that takes part in a step: its spec, its formula, its value if it has one, and its settings."""

    title: str
    formula: str
    value: float = 0.0
    settings: dict[str, float] = attrs.field(factory=dict)


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
    changed_by
        The callbacks that changed the batch before the step, such as augmentations.
    optimizer, rules
        Its spec; and its formula with its settings, followed by those of the optimizers within it.
    step_sizes
        The step size of each parameter that is trained: `lr`, times the ``lr_scale`` of its layer.
    memory
        What the optimizer is given for each parameter that is trained: under ``"g"`` the gradient with penalties and
        callbacks, and what it remembers of the steps before by the names in its formula, if that is not 0.
    penalties
        What the regularizers add to the loss, by the parameters that they penalise.
    schedule, constraints
        The schedule, or None, and the constraints by their parameters.
    input_names
        The columns of a table that the inputs come from, in order; empty if they have no names.
    table
        The rows of the table that the samples were made of; None if they were made of something else.
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
    changed_by: tuple[str, ...]
    optimizer: str
    rules: tuple[NamedPart, ...]
    step_sizes: dict[str, float]
    memory: dict[str, dict[str, Array]]
    penalties: dict[str, NamedPart]
    schedule: NamedPart | None
    constraints: dict[str, NamedPart]
    input_names: tuple[str, ...] = ()
    table: TableRows | None = None

    def places_of(self, name: str) -> list[tuple[ExplainedLayer, str]]:
        """Return the layers that have a parameter, each with the name that it has there."""
        number, _, own = name.partition(".")
        found = [(self.layers[int(number)], own)]
        return found + [
            (layer, within) for layer in self.layers for within, full in layer.shared.items() if full == name
        ]

    def __repr__(self) -> str:
        lines = [f"loss {self.loss:.6g}", *map(repr, self.layers)]
        lines += [
            f"{name}: {' + '.join(term for term in terms if term != 'total')}" for name, terms in self.updates.items()
        ]
        return "\n".join(lines)
