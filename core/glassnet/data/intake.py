"""What a network and a loss take in, and how data are made into that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from glassnet.components.dataset import Split
from glassnet.components.loss import Loss
from glassnet.data.array_loader import ArrayFeed
from glassnet.data.inputs import Inputs
from glassnet.data.validation import check_fits, check_inputs, check_numbers
from glassnet.data.weights import check_class_weight, check_weights, no_weight, weights_by_class
from glassnet.errors import DataError
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.network import Network


class Intake:
    """Checks data against one network and one loss, and makes them ready for use.

    Parameters
    ----------
    network, loss
        What the data are for.
    class_weight
        A weight for each class, or None.
    inputs
        What the inputs have to be like; by default as in the network's training.

    Raises
    ------
    DataError
        When there are class weights and the network has more than one answer a sample.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        class_weight: Mapping[int, float] | None = None,
        inputs: Inputs | None = None,
    ) -> None:
        if class_weight is not None:
            check_class_weight(class_weight, network.output_shape)
        self.input_shape = network.input_shape
        self.output_shape = network.output_shape
        self.dtype = network.dtype
        self.loss = loss
        self.class_weight = class_weight
        self.inputs = inputs or network.inputs
        self.converter = network.converter(self.inputs)

    def check(self, split: Split, name: str = "") -> None:
        """Refuse samples that do not fit the network, and what is no number; the rest is left to `ready`."""
        check_inputs(split.x, self.input_shape, f"{name}x", split.columns, self.inputs)
        check_numbers(split.y, f"{name}y")
        check_fits(split.x, self.dtype, f"{name}x")
        check_fits(split.y, self.dtype, f"{name}y")

    def targets(self, y: Array) -> Array:
        """Return targets as the loss takes them."""
        return self.loss.targets(y, self.output_shape, self.dtype)

    def weights(self, y: Array, weights: Array | None) -> Array | None:
        """Return the samples' weights times those of their classes, or None where there are neither."""
        if self.class_weight is None:
            return weights
        by_class = weights_by_class(y, self.class_weight)
        return by_class if weights is None else weights * by_class

    def check_total(self, split: Split, name: str = "") -> None:
        """Raise `DataError` if all samples have weight 0, or weights of samples and classes multiply to infinity."""
        weights = self.weights(split.y, split.weights)
        if weights is None:
            return
        check_weights(weights)
        if not weights.any():
            raise DataError(no_weight(name))

    def ready(self, x: Array, y: Array, weights: Array | None = None) -> ArrayFeed:
        """Return checked samples ready for use."""
        self.weights(y, None)  # the weights of classes come into the loss later; here a class without one shows
        return ArrayFeed(x, self.targets(y), self.converter, weights)
