"""What training and evaluation draw their batches from, wherever the data are, and how it gets ready for a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import attrs
import numpy as np

from glassnet.components.loss import Loss
from glassnet.data.array_loader import ArrayLoader, Batch
from glassnet.data.arrays import ClassWeights, as_array, make_class_weights
from glassnet.data.preparation import Expected, Preparation, input_rules
from glassnet.errors import DataError, OptionError, ShapeError
from glassnet.registry.plugins import plugin_hooks
from glassnet.support.random import stream
from glassnet.types import Array, Shape


class DataLoader(Protocol):
    """Samples and targets that are checked, prepared for a network and a loss, and handed out in batches."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise OptionError("DataLoader is what loaders have in common; fit() makes batches by itself: batch_size=32")

    @property
    def samples(self) -> int | None:
        """Number of samples, or None if it is not known."""

    @property
    def sample_shape(self) -> Shape:
        """Shape of one sample."""

    @property
    def identity(self) -> dict[str, Any]:
        """What has to be the same, as plain values, for the same seed to give the same batches."""

    def parts(self) -> Iterable[tuple[Any, Any, Array | None]]:
        """Yield samples, targets and weights as they were given, for a fingerprint; nothing if they come but once."""

    def inputs(self, integer_input: bool) -> Any:
        """Return what the samples are like, for a network whose first layer reads integers as they are, or not."""

    def train_test_split(self, fraction: float, rng: np.random.Generator) -> tuple[DataLoader, DataLoader]:
        """Return two loaders that share no sample; the second one has a fraction of all samples."""

    def check(self, expected: Expected, name: str = "") -> None:
        """Raise `DataError` or `ShapeError` if data cannot be used, before a network is built for them.

        Parameters
        ----------
        expected
            What samples and targets have to be like.
        name
            What to call the data in messages, with a space behind it.
        """

    def prepare(self, preparation: Preparation, name: str = "") -> None:
        """Get ready for one network and one loss; raises as `check` does."""

    def steps_per_epoch(self, batch_size: int) -> int | None:
        """Return the number of batches in an epoch, or None if it is not known."""

    def epoch_batches(self, batch_size: int, seed: int, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield one epoch's batches in the order that belongs to the seed; the first `done` are left out."""

    def sequential_batches(self, batch_size: int) -> Iterator[Batch]:
        """Yield all samples in their order, at most `batch_size` at once."""


def make_loader(
    x: Any, y: Any = None, *, sample_weight: Any = None, epochs: int = 1, batch_size: int | None = None
) -> DataLoader:
    """Return a loader of ``x, y``, of a split, or of anything that a plugin draws batches from.

    Parameters
    ----------
    x, y
        Samples and targets; or what has both, alone.
    sample_weight
        A weight for each sample, or None.
    epochs
        How often the data will be drawn.
    batch_size
        The batch size that was asked for, or None.

    Raises
    ------
    DataError, OptionError
        If the data are not numbers, differ in length, or cannot be drawn in this way.
    """
    loader: DataLoader | None = plugin_hooks().glassnet_data_loader(
        x=x, y=y, sample_weight=sample_weight, epochs=epochs, batch_size=batch_size
    )
    if loader is not None:
        return loader
    if y is None and hasattr(x, "weights"):  # a split
        x, y, sample_weight = x.x, x.y, x.weights if sample_weight is None else sample_weight
    x, y = as_array(x, "x"), as_array(y, "y")
    weights = None if sample_weight is None else as_array(sample_weight, "sample_weight")
    if len(x) != len(y) or (weights is not None and weights.shape != x.shape[:1]):
        raise DataError(f"x has {len(x)} samples and y has {len(y)}; each needs one target, and one weight if any")
    return ArrayLoader(x, y, weights)


def make_validation_loader(given: Any, epochs: int = 1) -> DataLoader | None:
    """Return a loader of what `fit` was given as `validation`; None for a fraction, or nothing."""
    if given is None or np.isscalar(given):
        return None
    found: DataLoader | None = plugin_hooks().glassnet_validation_loader(given=given, epochs=epochs)
    if found is not None:
        return found
    x, y, *weights = given if isinstance(given, tuple) else (given, None)
    return make_loader(x, y, sample_weight=weights[0] if weights else None, epochs=epochs)


def expected_by(network: Any, inputs: Any = None) -> Expected:
    """Return what data have to be like; by default as in the network's training."""
    shape, dtype = (network.input_shape, network.dtype) if network.is_built else (None, np.dtype(np.float32))
    return input_rules().expected(shape, dtype, inputs or network.inputs)


def caster_for(network: Any, inputs: Any = None) -> Callable[[Array], Array]:
    """Return what turns samples into what the first layer reads; by default as in the network's training."""
    return input_rules().caster(network, inputs or network.inputs)


def _preparation(
    network: Any, loss: Loss, inputs: Any = None, class_weights: ClassWeights | None = None
) -> Preparation:
    look = plugin_hooks().glassnet_target_check(network=network, loss=loss) or (lambda y, name: y)

    def targets(y: Array, name: str = "") -> Any:
        try:
            return look(loss.prepare_targets(y, network.output_shape, network.dtype), name)
        except (DataError, ShapeError) as error:
            raise type(error)(f"{name}y: {error}" if name else error) from None

    return Preparation(expected_by(network, inputs), caster_for(network, inputs), targets, class_weights)


def ready_loader(
    network: Any, loader: DataLoader, loss: Loss, name: str = "", class_weights: ClassWeights | None = None
) -> DataLoader:
    """Return a loader whose data are checked, and ready for a network and a loss; `name` is for messages."""
    loader.check(expected_by(network), name)
    loader.prepare(_preparation(network, loss, class_weights=class_weights), name)
    return loader


class Prepared(NamedTuple):
    """Data that are ready: those to train on, those to validate with, the weights of classes, and what samples are."""

    data: DataLoader
    validation: DataLoader | None
    class_weights: ClassWeights | None
    inputs: Any


def prepare_data(
    network: Any, options: Any, data: DataLoader, validation: DataLoader | None, class_weight: Any
) -> Prepared:
    """Return what a network is trained on, and measured on between epochs; build it if it is not built."""
    data.check(expected_by(network).of_training())
    held_out = None
    if options.validation is not None:
        data, held_out = data.train_test_split(options.validation, stream(options.seed, "validation"))
    if not network.is_built:
        network._build(data.sample_shape, seed=options.seed)
    inputs = network.inputs or data.inputs(network.integer_input)
    weights = make_class_weights(class_weight, data, network.output_shape)
    ready = _preparation(network, options.loss, inputs, weights)
    data.prepare(attrs.evolve(ready, expected=ready.expected.of_training()))
    if validation is not None:
        validation.check(expected_by(network, inputs), "validation ")
    validation = validation or held_out
    if validation is not None:
        convert, measured = caster_for(network, inputs), lambda y: ready.targets(y, "validation ")
        validation.prepare(attrs.evolve(ready, convert=convert, targets=measured, class_weights=None), "validation ")
    return Prepared(data, validation, weights, inputs)
