"""The base class of layers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from glassnet.components.component import Component
from glassnet.components.context import Context
from glassnet.components.parameter import ParameterTree
from glassnet.components.services import MISSING_BACKWARD, derived_backward
from glassnet.errors import TracingError
from glassnet.options.declaration import option, options_of
from glassnet.types import Array, Shape

Arrays = dict[str, Any]
"""Arrays by name; a layer that holds layers nests them: ``{"0": {"weights": …}}``."""


class Layer(Component):
    """A function of its input and its parameters, with its derivative.

    An author writes `output_shape`, `parameters`, `forward` and `backward`; each has a default that suits
    a layer without parameters that keeps its input's shape. Shapes leave out the batch.

    A subclass sets a property such as `reads_mask` as a class variable, or overrides it where it depends on options.

    Attributes
    ----------
    gradient_formula
        The derivatives in plain text.
    variable_names
        What variables of `forward`, and their axes, are called in words, for `explain`:
        ``{"f": "forget gate[sample, unit]"}``.
    gives_log_probabilities
        Whether the outputs are the logarithms of a distribution, which losses of classes take as logits.
    inverse_link
        Set by an activation that is exactly the inverse of a link function of generalized linear models
        (``"softmax"``, ``"logistic"``). A loss may then merge with it into one stable formula. McCullagh and
        Nelder (1989), Generalized Linear Models, chapter 2.
    kinks
        Input values at which the derivative jumps, as relu's does at 0: `glassnet_testing` looks there too.
    domain
        The two bounds between which input values make sense.
    """

    kind = "layer"
    gradient_formula: ClassVar[str] = ""
    variable_names: ClassVar[Mapping[str, str]] = {}
    gives_log_probabilities: ClassVar[bool] = False
    inverse_link: ClassVar[str | None] = None
    kinks: ClassVar[Sequence[float]] = ()
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    trainable: bool = option(True, kw_only=True, help="whether training changes the parameters")
    lr_scale: float = option(1.0, gt=0, kw_only=True, help="what the step size is multiplied with here")
    freeze: tuple[str, ...] = option((), kw_only=True, help="names of parameters that training leaves as they are")

    @property
    def integer_input(self) -> bool:
        """Whether the layer reads integers as they are, such as an embedding's indices.

        For all others the network turns integers into floating point, and the bytes of images into 0..1 (see `Inputs`).
        """
        return False

    @property
    def batch_independent(self) -> bool:
        """Whether a sample's output depends on that sample alone, in training too.

        The parameters' gradients are then sums over samples, and cores may run all layers on a part of a batch each.
        """
        return False

    @property
    def keeps_steps(self) -> bool:
        """Whether each time step of the output belongs to the input step at the same place, if there are as many.

        The mask of padded steps, ``ctx.mask``, is then that of the output. Keras: ``supports_masking``.
        """
        return True

    @property
    def reads_mask(self) -> bool:
        """Whether the layer skips padded steps, which ``ctx.mask`` names."""
        return False

    @property
    def output_type(self) -> str:
        """What the outputs are. Networks warn if a loss expects something else.

        ``"values"``, ``"probabilities"`` (each in 0..1) or ``"distribution"`` (rows that sum to 1). A layer that moves
        or averages its inputs, such as `flatten`, gives ``"inputs"``: its outputs are what its inputs are.
        """
        return "values"

    @property
    def output_range(self) -> tuple[float, float]:
        """The two bounds that no output passes. Networks warn of a loss of logits that needs a wider range."""
        return -math.inf, math.inf

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample's output, or raise `ShapeError` for an input that does not fit."""
        return shape

    def parameters(self, shape: Shape) -> ParameterTree:
        """Describe the arrays that are trained, for samples of `shape`."""
        return {}

    def state(self, shape: Shape) -> Arrays:
        """Return the first value of each array that is carried along but not trained."""
        return {}

    if TYPE_CHECKING:
        # An activation is a layer that is given its input alone, so the parameters differ between subclasses.
        def forward(self, *args: Any, **kwargs: Any) -> Any: ...

        def backward(self, *args: Any, **kwargs: Any) -> Any: ...

    else:

        def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, Any]:
            """Compute the output.

            Parameters
            ----------
            params
                The layer's parameters by name.
            x
                Input, ``(batch, *shape)``. It is not to be modified. It may be a work buffer of the layer before:
                copy what is kept for longer than `backward` needs it.
            ctx
                Whether this is training, random numbers, state, the mask of padded steps, and work buffers.

            Returns
            -------
            y, cache
                Output, ``(batch, *output_shape)``, and the values that `backward` needs.
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
            raise TracingError(f"{self.kind} '{self!r}': {MISSING_BACKWARD}")

    @property
    def derives_backward(self) -> bool:
        """Whether a plugin derives the derivative: the author wrote `forward` alone."""
        return type(self).backward is Layer.backward

    def as_layer(self) -> Layer:
        """Return the layer that a network calls: this one, or where it has no `backward`, one that derives it."""
        derived: Layer | None = derived_backward(self) if self.derives_backward else None
        return derived or self


def layers_held_by(member: Layer) -> dict[str, Any]:
    """Return the options of `member` that hold layers."""
    return {
        name: value
        for name, value in member.options.items()
        if options_of(type(member))[name].metadata["option"].kind == "layer" and value is not None
    }
