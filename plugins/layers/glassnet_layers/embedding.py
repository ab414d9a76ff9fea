"""Embedding: a vector of its own for each of a vocabulary's indices."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

import glassnet as gn


class Embedding(gn.Layer):
    """Looks a vector up for each index: the row of `weights` that the index names.

    It is the product of a one-hot row with a matrix, without the row. So a step changes only the rows of the
    indices that were looked up, as far as the optimizer leaves a parameter without gradient alone.

    Bengio, Ducharme, Vincent and Jauvin (2003), A Neural Probabilistic Language Model, Journal of Machine Learning
    Research 3.

    Shapes
    ------
    input
        ``(batch, …)``, integers from 0 to ``vocabulary - 1``; usually ``(batch, time)``
    output
        ``(batch, …, units)``
    weights
        ``(vocabulary, units)``

    Padding
    -------
    The index `padding` gives zeros, always: its row of `weights` is not read, and its gradient is zero. The mask of
    these steps goes with the batch, and layers with the option `mask` skip them.

    Conventions
    -----------
    PyTorch's ``weight`` is the same array, normal with a standard deviation of 1 at first, and Keras's
    ``embeddings`` too, uniform in ±0.05 at first, as here. PyTorch's ``padding_idx`` puts zeros into a row at
    first and leaves it out of training, but does read it. Keras's ``mask_zero`` reads row 0 and hands a mask on.

    Raises
    ------
    DataError
        When an input is none of the indices.
    """

    batch_independent = True
    integer_input: ClassVar[bool] = True

    vocabulary: int = gn.option(ge=1, help="number of indices")
    units: int = gn.option(ge=1, help="length of each vector")
    padding: int | None = gn.option(None, ge=0, help="index that stands for nothing, whose vector is zero")
    weight_init: gn.Initializer = gn.option(
        "uniform", kind="initializer", help="first values of the vectors; by default between -0.05 and 0.05"
    )
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on the vectors")

    examples = (("embedding(5, 3)", (4,)), ("embedding(5, 3, padding=0)", (2, 3)))
    formula = "y = W_x, the row of each index;  0 for the padding index"
    gradient_formula = "dW_k = sum of dy over the places where x = k;  0 for the padding index"

    def __attrs_post_init__(self) -> None:
        if self.padding is not None and self.padding >= self.vocabulary:
            raise gn.OptionError(f"{self!r}: padding must be one of the indices, 0 to {self.vocabulary - 1}")

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        return (*shape, self.units)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        return {
            "weights": gn.Parameter((self.vocabulary, self.units), self.weight_init, regularizer=self.regularizer),
        }

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        indices = self.checked(x)
        y = params["weights"][indices]
        if self.padding is not None:
            ctx.mask = indices != self.padding
            y[~ctx.mask] = 0
        return y, indices

    def checked(self, x: gn.Array) -> gn.Array:
        """Return the indices as integers, or say which input is none."""
        known = (x >= 0) & (x < self.vocabulary)
        if x.dtype.kind == "f":
            known &= x == np.floor(x)
        if not known.all():
            place = tuple(int(each) for each in np.argwhere(~known)[0])
            raise gn.DataError(
                f"{self!r}: {x[place]} at sample {place[0]} of the batch{_position(place)} is not an index of its "
                f"vocabulary of {self.vocabulary} (0 to {self.vocabulary - 1}); "
                "change the data, or make the vocabulary larger"
            )
        return x.astype(np.intp, copy=False)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        indices = cache
        grads["weights"][...] = 0
        np.add.at(grads["weights"], indices, dy)
        if self.padding is not None:
            grads["weights"][self.padding] = 0
        # An index is not a quantity: a small change of it means nothing, and changes nothing.
        return np.zeros_like(indices, dy.dtype)


def _position(place: tuple[int, ...]) -> str:
    return f", position {place[1:]}" if place[1:] else ""
