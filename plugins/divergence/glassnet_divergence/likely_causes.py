"""The likely cause of NaN or infinity, as far as the numbers tell that went into an operation."""

from __future__ import annotations

from glassnet_divergence.scan import Range

# Numbers beyond these are rarely those of a training that goes well.
_LARGE = 1e4

STEP = "the step size is too large; lower the learning rate"
RATE = "the schedule, or a callback by lr_scale, gives a step size that is not finite; correct it"
STATE = "its input is too large for the type; scale the inputs to about -1..1, or lower the learning rate"
OUTSIDE = "sample weights that are too large, or a callback that changed the batch, the loss or the gradients"
_EXPLODING = "exploding gradients; shorten them with the callback clip_norm, or lower the learning rate"
_INPUTS = "the inputs are not scaled; scale them to about -1..1"
_TARGETS = "the targets are not scaled; scale them to about -1..1"
_INSIDE = "a number overflows its type, is divided by zero, or has no root or logarithm"
_LOG = "the logarithm of zero, or a division by zero; keep the outputs away from 0 and 1"


def of_forward(x: Range, parameters: Range | None, *, is_first_layer: bool, is_first_step: bool) -> str:
    """Return why a layer that was given finite numbers does not give such.

    Parameters
    ----------
    x, parameters
        The least and the largest number in the layer's input and parameters.
    is_first_layer, is_first_step
        Whether the input is that of the network, and whether no step was taken yet.
    """
    if _is_large(x) and (is_first_layer or is_first_step):
        return _INPUTS
    if _is_large(x) or (parameters is not None and _is_large(parameters)):
        return STEP
    return f"inside the layer {_INSIDE}; compute it in a wider type, or keep its input where it is defined"


def of_loss(outputs: Range, targets: Range, *, is_first_step: bool) -> str:
    """Return why a loss that was given finite numbers is not finite, or its gradient is not."""
    if _is_large(targets):
        return _TARGETS
    if _is_large(outputs):
        return _INPUTS if is_first_step else STEP
    if outputs[0] == 0 or (outputs[0] > 0 and outputs[1] == 1):
        return _LOG
    return f"inside the loss {_INSIDE}"


def of_backward(*went_in: Range) -> str:
    """Return why a layer gives no finite gradient."""
    if any(map(_is_large, went_in)):
        return _EXPLODING
    return f"inside the layer's backward {_INSIDE}; keep its input away from zero"


def of_penalty(parameters: Range) -> str:
    """Return why a penalty on parameters is not finite."""
    return STEP if _is_large(parameters) else f"inside the regularizer {_INSIDE}"


def _is_large(values: Range) -> bool:
    return max(abs(values[0]), abs(values[1])) > _LARGE
