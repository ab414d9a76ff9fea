"""The base class of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.declaration import option
from glassnet.components.parameter import ParameterTree
from glassnet.types import Array, Shape

Arrays = dict[str, Any]
"""Arrays by name; a layer that holds layers nests them: ``{"0": {"weights": …}}``."""


class Layer(Component):
    """A function of its input and its parameters, with its derivative.

    An author writes `output_shape`, `parameters`, `forward` and `backward`; each has a default that suits
    a layer without parameters that keeps its input's shape. Shapes leave out the batch.

    Attributes
    ----------
    gradient
        The derivatives in plain text.
    accepts_integers
        The layer reads integers as they are (an embedding's indices). For all others the network turns
        integer input into floating point first, and the bytes of images into 0..1 (see `Inputs`).
    keeps_samples_apart
        In training too, what becomes of a sample depends on no other, and the parameters' gradients are sums over
        samples. Then the samples of a batch may be shared out between cores, where each runs all layers.
    keeps_steps
        If the output has as many time steps as the input, each output step belongs to the input step at the same
        place. The mask of padded steps, ``ctx.mask``, is then that of the output. Keras: ``supports_masking``.
    reads_mask
        The layer skips padded steps, and asks ``ctx.mask`` where they are.
    outputs, output_range
        What the outputs are, and the two bounds that none of them passes; as in `Activation`. A layer that moves or
        averages its inputs, such as `flatten`, gives ``"inputs"``: its outputs are what its inputs are.
    kinks
        Input values at which the derivative jumps, as relu's does at 0: `glassnet_testing` looks there too.
    domain
        The two bounds between which input values make sense.
    """

    kind = "layer"
    gradient: ClassVar[str] = ""
    accepts_integers: ClassVar[bool] = False
    keeps_samples_apart: ClassVar[bool] = False
    keeps_steps: ClassVar[bool] = True
    reads_mask: ClassVar[bool] = False
    outputs: ClassVar[str] = "values"
    output_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    kinks: ClassVar[Sequence[float]] = ()
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    trainable: bool = option(True, keyword=True, help="whether training changes the parameters")
    lr_scale: float = option(1.0, gt=0, keyword=True, help="what the step size is multiplied with here")

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample's output, or raise `ShapeError` for an input that does not fit."""
        return shape

    def parameters(self, shape: Shape) -> ParameterTree:
        """Describe the arrays that are trained, for samples of `shape`."""
        return {}

    def state(self, shape: Shape) -> Arrays:
        """Return the first value of each array that is carried along but not trained."""
        return {}

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
        """Compute the output.

        Parameters
        ----------
        params
            The layer's parameters by name.
        x
            Input, ``(batch, *shape)``. It is not to be modified. It may be a work buffer of the layer before: copy what
            is kept for longer than `backward` needs it.
        ctx
            Whether this is training, random numbers, state, the mask of padded steps, and work buffers.

        Returns
        -------
        y, cache
            Output, ``(batch, *output_shape)``, and whatever `backward` will need.
        """
        raise NotImplementedError(f"{type(self).__name__} needs forward()")

    def backward(self, params: Arrays, cache: Any, dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        """Compute the gradients.

        Parameters
        ----------
        params, cache
            As given to and returned by `forward`.
        dy
            Gradient of the loss with respect to the output.
        grads
            One array for each parameter; every element is to be written, none may be read.
        ctx
            With ``needs_input_grad`` false, the return value is not looked at.

        Returns
        -------
        array
            Gradient with respect to the input.
        """
        raise NotImplementedError(f"{type(self).__name__} has forward() alone; call the backward of its as_layer()")

    @property
    def derives_backward(self) -> bool:
        """Whether the derivative is that which the tape finds: the author wrote `forward` alone."""
        return type(self).backward is Layer.backward

    def as_layer(self) -> Layer:
        """Return what a network calls: the layer itself, or where it has no `backward`, one that derives it."""
        if not self.derives_backward:
            return self
        from glassnet_autodiff.derived import Derived

        return Derived(self, trainable=self.trainable, lr_scale=self.lr_scale)
