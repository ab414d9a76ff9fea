"""The loss of guessing: of the best answer that does not look at the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassnet.components.loss import Loss
from glassnet.types import Array, Shape


def guessing_loss(loss: Loss, y: Array, output_shape: Shape, dtype: np.dtype[np.floating]) -> float:
    """Return the least loss that one and the same answer for all samples has.

    Parameters
    ----------
    loss
        A loss that is given what the network returns.
    y
        Targets, as `Loss.prepare_targets` returns them.
    output_shape
        The shape of the answer.
    dtype
        The type of the answer.
    """
    losses = []
    with np.errstate(all="ignore"):
        for answer in _answers(loss, y, output_shape):
            # Real targets of classes may be missing from some rows, so a shape may not fit: such an answer is none.
            same = np.broadcast_to(answer, (len(y), *output_shape)).astype(dtype)
            losses.append(float(loss.forward(same, y)))
    return min((each for each in losses if np.isfinite(each)), default=float("nan"))


def _answers(loss: Loss, y: Array, output_shape: Shape) -> Iterator[Array]:
    classes = output_shape[-1] if output_shape else 1
    if y.dtype.kind in "iu" and y.shape[1:] == output_shape[:-1] and classes > 1:  # labels
        rates = np.bincount(y.reshape(-1).astype(np.int64), minlength=classes) / y.size
    else:
        rates = y.reshape(-1, classes).mean(axis=0) if y.size else np.zeros(classes)
        yield np.mean(y, axis=0)
        yield np.median(y, axis=0)
    rates = np.clip(rates, 1e-9, 1 - 1e-9)
    if loss.prediction_type == "logits" or loss.of_classes(output_shape):
        yield np.log(rates) if classes > 1 else np.log(rates / (1 - rates))
    yield rates
