"""An explanation: the numbers of one training step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import attrs

from glassnet.support.files import atomic_write
from glassnet.types import Array
from glassnet_explanations.arithmetic.layer_graph import LayerGraph
from glassnet_explanations.page.saving import check_page_ending
from glassnet_persistence.json_text import json_text


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
    names
        What its variables are called in words.
    graph
        The arithmetic, element by element; None if the layer cannot be traced.
    """

    name: str
    title: str
    formula: str
    gradient_formula: str
    values: dict[str, Array]
    gradients: dict[str, Array]
    names: Mapping[str, str]
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


@attrs.frozen(eq=False, repr=False)
class Explanation:
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

    def to_markdown(self, digits: int = 5) -> str:
        """Return everything as Markdown, with numbers of this number of digits that count."""
        from glassnet_explanations.page.contents import page_of
        from glassnet_explanations.page.markdown import to_markdown

        return to_markdown(page_of(self), digits)

    def to_html(self) -> str:
        """Return everything as the text of one HTML file, which needs no other file and no network."""
        from glassnet_explanations.page.contents import page_of
        from glassnet_explanations.page.html import to_html

        return to_html(page_of(self))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values: all arrays as lists, and the lines of arithmetic in full precision."""
        from glassnet_explanations.page.plain import to_dict

        return to_dict(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file: HTML, Markdown or JSON, as its ending says.

        Raises
        ------
        FileError
            If it cannot be written, or has another ending.
        """
        path = check_page_ending(path)
        write = {
            ".html": self.to_html,
            ".md": self.to_markdown,
            ".json": lambda: json_text(self.to_dict(), ensure_ascii=False) + "\n",
        }
        atomic_write(path, write[path.suffix.lower()]().encode())

    def _repr_html_(self) -> str:
        from glassnet_explanations.page.contents import page_of
        from glassnet_explanations.page.html import embedded

        return embedded(page_of(self))

    def __repr__(self) -> str:
        lines = [f"loss {self.loss:.6g}", *map(repr, self.layers)]
        lines += [
            f"{name}: {' + '.join(term for term in terms if term != 'total')}" for name, terms in self.updates.items()
        ]
        return "\n".join(lines)
