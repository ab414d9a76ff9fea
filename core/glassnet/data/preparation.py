"""What samples and targets have to be like, and what they are made into: numbers of one type for one network."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import numpy as np

from glassnet.data.arrays import ClassWeights, Columns
from glassnet.errors import DataError, ShapeError
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array, Shape


@attrs.frozen
class Expected:
    """What data have to be like. Here samples have one shape; a plugin's subclass looks at the numbers too.

    The methods raise `DataError` or `ShapeError`. They are given samples `x`, targets `y` and the names of the
    `columns` of a data frame. `name` is what messages call the data. Before `x` there were `before` samples, or `past`
    batches, of the same data.

    Attributes
    ----------
    shape
        The shape of a sample; None for any, before a network is built.
    dtype
        The floating-point type of the network, which has to hold all numbers.
    inputs
        What the network was trained on, or None for anything.
    """

    shape: Shape | None
    dtype: np.dtype[np.floating]
    inputs: Any = None

    def check(self, x: Any, y: Any, columns: Columns = None, name: str = "", *, before: int = 0, past: int = 0) -> None:
        """Check samples and targets; `name` ends with a space."""
        self.check_inputs(x, f"{name}x", columns, before=before, past=past)

    def check_inputs(self, x: Any, name: str = "x", columns: Columns = None, *, before: int = 0, past: int = 0) -> None:
        """Check samples."""
        self.check_form(x, name, columns)

    def check_form(self, x: Any, name: str, columns: Columns) -> None:
        """Check shape and columns, without a look at the numbers."""
        if len(x) == 0:
            raise DataError(f"{name} is empty (shape {x.shape}); give at least one sample")
        if self.shape is not None and x.shape[1:] != self.shape:
            wanted, is_one = ", ".join(["batch", *map(str, self.shape)]), x.shape == self.shape
            advice = f"for one sample write {name}[np.newaxis]" if is_one else "the network was built for the former"
            raise ShapeError(f"{name}: expected ({wanted}), got {x.shape}; {advice}")

    def check_scale(self, x: Any, name: str) -> None:
        """Check that samples are read on the scale of the training."""

    def of_training(self) -> Expected:
        """Return the same for samples that the network is trained on, which it is to remember too."""
        return self


class InputRules:
    """How samples are checked and read. Here as they are; a plugin's subclass may know scales, pixels and columns."""

    def expected(self, shape: Shape | None, dtype: np.dtype[np.floating], inputs: Any) -> Expected:
        """Return what data have to be like; the arguments are the attributes of `Expected`."""
        return Expected(shape, dtype, inputs)

    def caster(self, network: Any, inputs: Any) -> Callable[[Array], Array]:
        """Return a function that turns samples into what the first layer reads, in an array that it may use again."""
        return lambda x: x if network.integer_input and x.dtype.kind in "iu" else x.astype(network.dtype, copy=False)

    def inputs(self, x: Array, columns: Columns, integer_input: bool) -> Any:
        """Return what a network is to remember of the samples of its training; None for nothing."""
        return None

    def check_weights(self, weights: Array, name: str) -> None:
        """Raise `DataError` if weights of samples cannot be used; `name` ends with a space."""

    def accepted(self, inputs: Any) -> Any:
        """Return what a network is to remember if it was assigned, or raise `WrongKindError`."""
        return inputs


@cache
def input_rules() -> InputRules:
    """Return the answer to the hook `glassnet_input_rules`, or rules that know shapes alone."""
    return plugin_hooks().glassnet_input_rules() or InputRules()


@attrs.frozen
class Preparation:
    """How samples and targets get ready for one network and one loss.

    Attributes
    ----------
    expected
        What they have to be like.
    convert
        Turns a batch of samples into what the first layer reads.
    targets
        Turns checked targets into what the loss takes; raises `DataError` or `ShapeError` if it cannot take them. It
        may be given what to call the data in warnings, with a space behind it.
    class_weights
        How much the samples of each class count in the loss, or None.
    """

    expected: Expected
    convert: Callable[[Array], Array]
    targets: Callable[..., Array]
    class_weights: ClassWeights | None = None
