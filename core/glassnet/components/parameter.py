"""A parameter: the description of one array that is trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from glassnet.types import Shape

if TYPE_CHECKING:
    from glassnet.components.constraint import Constraint
    from glassnet.components.initializer import Initializer
    from glassnet.components.regularizer import Regularizer


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
