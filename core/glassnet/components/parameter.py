"""A parameter: the description of one array that is trained, and what acts on it: first values, penalty, constraint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import attrs
import numpy as np

from glassnet.components.component import Component
from glassnet.components.services import call_derived_backward
from glassnet.options.declaration import option
from glassnet.types import Array, Shape


@attrs.frozen
class Parameter:
    """What a layer says about one of its arrays; the network allocates it.

    Attributes
    ----------
    shape
        Shape of the array.
    initializer
        An initializer or its spec. None asks for the one that suits the activation that follows.
    default_initializer
        The initializer taken when `initializer` is None and no activation that follows names one.
    regularizer
        A penalty of this parameter's own; it replaces the whole network's.
    is_bias
        Biases are exempt from penalties, unless a regularizer asks for them.
    constraint
        What the values have to keep to after each step.
    trainable
        Whether an optimizer may change it. Set for a whole layer by its option of this name.
    lr_scale
        What the optimizer's step size is multiplied with. Set for a whole layer by its option of this name.
    """

    shape: Shape
    initializer: Initializer | str | None = None
    default_initializer: Initializer | str = "zeros"
    regularizer: Regularizer | None = None
    is_bias: bool = False
    constraint: Constraint | None = None
    trainable: bool = True
    lr_scale: float = 1.0

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def fans(self) -> tuple[int, int]:
        """``(fan_in, fan_out)``: how many values a unit reads, and how many read it.

        The last axis counts units, the one before it features; axes in front (the height and width of a
        kernel) multiply both.
        """
        if len(self.shape) < 2:
            return self.size, self.size
        window = math.prod(self.shape[:-2])
        return window * self.shape[-2], window * self.shape[-1]


ParameterTree = dict[str, "Parameter | ParameterTree"]


class Initializer(Component):
    """Gives a parameter its first values."""

    kind = "initializer"

    def moments(self, shape: Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        """Return the mean and the variance that samples have; the arguments are those of `sample`."""
        raise NotImplementedError(f"{type(self).__name__} needs moments()")

    def sample(self, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
        """Return an array of `shape`.

        Parameters
        ----------
        shape
            Shape of the parameter.
        fan_in, fan_out
            How many values one unit reads, and how many units read one value.
        rng
            The parameter's own stream of random numbers.
        """
        raise NotImplementedError(f"{type(self).__name__} needs sample()")


class Regularizer(Component):
    """A penalty on parameters that is added to the loss.

    Attributes
    ----------
    kinks
        Values at which the derivative jumps, as that of ``|w|`` does at 0: `glassnet_testing` looks there too.
    """

    kind = "regularizer"
    kinks: ClassVar[Sequence[float]] = ()

    penalize_bias: bool = option(False, kw_only=True, help="penalise biases too")

    def penalty(self, w: Array) -> float:
        """Return what the values of one parameter add to the loss."""
        raise NotImplementedError(f"{type(self).__name__} needs penalty()")

    def gradient(self, w: Array) -> Array:
        """Return the derivative of `penalty`, an array of the shape of `w`; derived from it here."""
        gradient: Array = call_derived_backward(self, w)
        return gradient

    def add_gradient(self, w: Array, g: Array) -> None:
        """Add `gradient` to `g`, the derivative of the loss."""
        g += self.gradient(w)

    @property
    def derives_backward(self) -> bool:
        """Whether a plugin derives the derivative: the author wrote `penalty` alone."""
        return type(self).gradient is Regularizer.gradient


class Constraint(Component):
    """A set that the values of a parameter may not leave: after each step they are brought back into it."""

    kind = "constraint"

    def project(self, w: Array) -> None:
        """Move the values of one parameter, in its own shape, to the nearest that are allowed; in place."""
        raise NotImplementedError(f"{type(self).__name__} needs project()")
