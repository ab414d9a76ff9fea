"""The base class of activations, and how one stands in a layer's place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.declaration import option
from glassnet.components.layer import Arrays, Layer
from glassnet.types import Array


class Activation(Component):
    """A function without parameters that keeps its input's shape, with its derivative.

    Attributes
    ----------
    gradient
        The derivative in plain text.
    initializer
        Spec of the initializer that suits the weights in front of this activation, or None for no preference.
    outputs
        What the outputs are: ``"values"``, ``"probabilities"`` (each in 0..1) or ``"distribution"`` (rows
        that sum to 1). Networks warn if a loss expects something else.
    gives_log_probabilities
        Whether the outputs are the logarithms of a distribution, which losses of classes take as logits.
    output_range
        The two bounds that no output passes. A loss of logits that needs a wider range is warned of.
    inverse_link
        Set by an activation that is exactly the inverse of a link function of generalized linear models
        (``"softmax"``, ``"logistic"``): a loss may then merge with it into one stable formula. McCullagh and
        Nelder (1989), Generalized Linear Models, chapter 2.
    kinks
        Input values at which the derivative jumps, as relu's does at 0: `glassnet_testing` looks there too.
    domain
        The two bounds between which input values make sense.
    """

    kind = "activation"
    gradient: ClassVar[str] = ""
    initializer: ClassVar[str | None] = None
    outputs: ClassVar[str] = "values"
    gives_log_probabilities: ClassVar[bool] = False
    output_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    inverse_link: ClassVar[str | None] = None
    kinks: ClassVar[Sequence[float]] = ()
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def forward(self, x: Array) -> Array:
        """Return y for an input of any shape ``(batch, …)``; `x` is not to be modified."""
        raise NotImplementedError(f"{type(self).__name__} needs forward()")

    def backward(self, dy: Array, x: Array, y: Array) -> Array:
        """Return the gradient with respect to `x`, given that of `y` and both arrays; derived from `forward` here."""
        from glassnet_autodiff.derived import activation_gradient

        return activation_gradient(self, x, dy)

    @property
    def derives_backward(self) -> bool:
        """Whether the derivative is that which the tape finds: the author wrote `forward` alone."""
        return type(self).backward is Activation.backward and type(self).as_layer is Activation.as_layer

    def as_layer(self) -> Layer:
        """Return a layer that applies this activation."""
        return Activate(self)


class Activate(Layer):
    """A layer that applies an activation and keeps its input and output for the derivative."""

    activation: Activation = option(kind="activation", help="what to apply")

    keeps_samples_apart = True

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y = self.activation.forward(x)
        return y, (x, y)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array:
        x, y = cache
        return self.activation.backward(dy, x, y)
