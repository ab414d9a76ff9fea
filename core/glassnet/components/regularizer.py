"""The base class of regularizers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from glassnet.components.component import Component
from glassnet.components.declaration import option
from glassnet.components.derivative import call_derived_backward
from glassnet.types import Array


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

    @property
    def derives_backward(self) -> bool:
        """Whether a plugin derives the derivative: the author wrote `penalty` alone."""
        return type(self).gradient is Regularizer.gradient
