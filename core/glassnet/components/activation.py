"""The base class of activations: layers that compute with their input alone."""

from __future__ import annotations

from typing import Any, ClassVar

from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.services import call_derived_backward
from glassnet.options.declaration import option
from glassnet.types import Array, Shape


class Activation(Layer):
    """A layer without parameters that keeps its input's shape: a function of the input, with its derivative.

    Attributes
    ----------
    initializer
        Spec of the initializer that suits the weights in front of this activation, or None for no preference.
    """

    kind = "activation"
    initializer: ClassVar[str | None] = None
    batch_independent = True

    def forward(self, x: Array) -> Array:
        """Return y for an input of any shape ``(batch, …)``; `x` is not to be modified."""
        raise NotImplementedError(f"{type(self).__name__} needs forward()")

    def backward(self, dy: Array, x: Array, y: Array) -> Array:
        """Return the gradient with respect to `x`, given that of `y` and both arrays; derived from `forward` here."""
        dx: Array = call_derived_backward(self, dy, x, y)
        return dx

    @property
    def derives_backward(self) -> bool:
        """Whether a plugin derives the derivative: the author wrote `forward` alone."""
        return type(self).backward is Activation.backward and type(self).as_layer is Activation.as_layer

    def as_layer(self) -> Layer:
        """Return a layer that is called as networks call layers, and applies this activation."""
        return Activate(self, trainable=self.trainable, lr_scale=self.lr_scale, freeze=self.freeze)


class Activate(Layer):
    """A layer that applies an activation and keeps its input and output for the derivative."""

    layer: Layer = option(kind="layer", help="the activation")

    @property
    def batch_independent(self) -> bool:
        return self.layer.batch_independent

    def output_shape(self, shape: Shape) -> Shape:
        return self.layer.output_shape(shape)

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        y = self.layer.forward(x)
        return y, (x, y)

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array:
        dx: Array = self.layer.backward(dy, *cache)
        return dx
