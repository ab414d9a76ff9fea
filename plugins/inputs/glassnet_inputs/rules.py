"""The rules of samples: what is checked, what is remembered of a training, and how bytes are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.data.preparation import InputRules
from glassnet.errors import WrongKindError
from glassnet.types import Array, Shape
from glassnet_inputs.caster import InputCaster
from glassnet_inputs.expected import ExpectedNumbers
from glassnet_inputs.inputs import Inputs, is_image
from glassnet_splits.weights import check_total


class SampleRules(InputRules):
    """Numbers are finite and on the scale of the training; bytes with the shape of images are pixels."""

    def __init__(self) -> None:
        self._last: ExpectedNumbers | None = None

    def expected(self, shape: Shape | None, dtype: np.dtype[np.floating], inputs: Any) -> ExpectedNumbers:
        """Return what data have to be like."""
        last = self._last  # each prediction asks, and making it takes as long as a layer
        if last is None or not (last.shape is shape and last.dtype is dtype and last.inputs is inputs):
            last = self._last = ExpectedNumbers(shape, dtype, inputs)
        return last

    def caster(self, network: Any, inputs: Any) -> InputCaster:
        """Return what turns samples into what the first layer reads; bytes as in the training, see `Inputs`."""
        pixels = is_image(network.input_shape) if inputs is None else bool(inputs.pixels)
        return InputCaster(network.dtype, network.integer_input, pixels)

    def inputs(self, x: Array, columns: tuple[str, ...] | None, integer_input: bool) -> Inputs:
        """Return the element type, whether bytes are pixels, and the names of the columns."""
        return Inputs.of(x, columns, integer_input)

    def check_weights(self, weights: Array, name: str) -> None:
        """Raise `DataError` if a weight is negative or not finite, their sum is not finite, or all are 0."""
        check_total(weights, name)

    def accepted(self, inputs: Any) -> Inputs | None:
        """Return `inputs`, or raise `WrongKindError` if they are anything else than `Inputs` or None."""
        if not isinstance(inputs, Inputs | None):
            raise WrongKindError(f"inputs are glassnet_inputs.inputs.Inputs or None, got {inputs!r}")
        return inputs
