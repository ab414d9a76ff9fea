"""Whether a loss is defined for what a network gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glassnet.components.metric import outputs_of
from glassnet.errors import ShapeError, warn
from glassnet.types import Shape

if TYPE_CHECKING:
    from glassnet.components.loss import Loss

_SUM_TO_ONE = ("distribution", "log_distribution")


def check_outputs(loss: Loss, members: Sequence[Any], shapes: Sequence[Shape]) -> None:
    """Compare what the last layer gives with what the loss expects, and warn if the loss is not defined for it.

    Parameters
    ----------
    loss
        What the outputs are measured by.
    members
        All layers and activations of the network.
    shapes
        Shape of one sample before the first of them, between them, and after the last.

    Raises
    ------
    ShapeError
        If no parameter could change the loss: outputs are constant, or there is one class to choose from.
    """
    are, (low, high) = outputs_of(members)
    last, shape = members[-1] if members else None, shapes[-1]
    units = shape[-1] if shape else 1
    of_classes = loss.of_classes(shape) and loss.prediction_type != "values"
    for member, shape_behind in zip(members, shapes[1:], strict=True):
        if shape_behind[-1:] == (1,) and outputs_of([member])[0] in _SUM_TO_ONE:
            raise ShapeError(
                f"'{member!r}' over a single unit is always the same number, so nothing can be learnt; "
                "use sigmoid for a yes-or-no question, or give the last layer a unit for each class"
            )
    if units == 1 and of_classes:
        raise ShapeError(
            f"the loss {loss!r} chooses between classes, and the network has one output; "
            "use binary_crossentropy for a yes-or-no question, or give the last layer a unit for each class"
        )
    problem = _problem(loss, are, (low, high), of_classes)
    if problem:
        warn(
            f"the loss {loss!r} expects {loss.prediction_type}, and '{last!r}' {problem}; change the last layer or "
            f"the loss"
        )


def _problem(loss: Loss, are: str, bounds: tuple[float, float], of_classes: bool) -> str:
    """Return what is wrong with outputs of this meaning and range; nothing if the loss is defined for them."""
    if loss.prediction_type == "logits":
        if are in ("probabilities", "distribution"):
            return f"turns them into {are} first"
        if are == "log_distribution" and of_classes:
            return ""
        return "" if _reaches(bounds, loss.needed_range) else f"keeps them within {_in_words(bounds)}"
    if loss.prediction_type == "distribution" or (loss.prediction_type == "probabilities" and of_classes):
        if are == "probabilities":
            return "gives probabilities that do not sum to 1"
        return "" if are == "distribution" else "gives values of any size"
    if loss.prediction_type == "probabilities":
        is_one = are in ("probabilities", "distribution") or _reaches((0.0, 1.0), bounds)
        return "" if is_one else "gives values of any size"
    return ""


def _reaches(outer: tuple[float, float], inner: tuple[float, float]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _in_words(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return f"{low:g}..{high:g}"
