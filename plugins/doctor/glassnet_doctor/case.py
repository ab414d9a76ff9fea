"""A case: a network, its data and its training, as rules see them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.components.loss import Loss
from glassnet.components.metric import outputs_of
from glassnet.model.objective import Objective
from glassnet.registry.registry import create
from glassnet.support.random import stream
from glassnet.types import Array
from glassnet_doctor.guessing import guessing_loss
from glassnet_doctor.neighbours import neighbours_of
from glassnet_doctor.record import Record
from glassnet_doctor.vitals import Vitals, rms, take_vitals
from glassnet_splits.split import Split

if TYPE_CHECKING:
    from glassnet.network import Network

LEAST_STEPS = 8
"""A training of fewer steps was a try, and not one from which anything was to be learnt."""

# Samples that are run through the network, and samples whose numbers are looked at.
_MOST_RUN, _MOST_READ = 512, 5000
# Samples between which distances are taken: all pairs of them.
_MOST_COMPARED = 1000


class Case:
    """What rules look at. Everything is computed when a rule asks for it, on a copy of the network.

    Attributes
    ----------
    network
        A copy of the network.
    train, validation
        The data that it was trained on, and other data or None.
    options
        How it was trained, or None.
    record
        What was recorded of the training, or None.
    history
        The figures of the training by name, one value an epoch; empty if there was none.
    loss
        What is minimised; guessed from the last layer if nothing says it.
    """

    def __init__(
        self,
        network: Network,
        train: Split,
        *,
        loss: Loss | None = None,
        validation: Split | None = None,
        record: Record | None = None,
        history: Mapping[str, list[float]] | None = None,
    ) -> None:
        self.network = network
        self.train, self.validation = train, validation
        self.record, self.options = record, record.options if record is not None else None
        self.history = history or {}
        self.loss_is_known = loss is not None
        self.loss = loss or guessed_loss(network)

    def knows(self, *parts: str) -> bool:
        """Tell whether these parts are there, such as ``"options"``."""
        return all(getattr(self, part) for part in parts)

    # --- the data ----------------------------------------------------------------------------------------

    def training_part(self, samples: int) -> Split:
        """Return at most this number of training samples, drawn at random and always the same ones."""
        if samples >= len(self.train):
            return self.train
        chosen = stream(0, "doctor").permutation(len(self.train))[:samples]
        return self.train[np.sort(chosen)]

    @cached_property
    def batch(self) -> tuple[Array, Array]:
        """Some training samples and targets, as the first layer and the loss take them."""
        return self.prepared(self.training_part(_MOST_RUN))

    @cached_property
    def validation_batch(self) -> tuple[Array, Array] | None:
        """Some validation samples and targets, as the first layer and the loss take them."""
        return None if self.validation is None else self.prepared(self.validation[:_MOST_RUN])

    def prepared(self, split: Split) -> tuple[Array, Array]:
        """Return samples and targets as the first layer and the loss take them."""
        (x, y), _ = next(iter(self.network.loader(split, self.loss).sequential_batches(len(split))))
        return x, y

    @cached_property
    def inputs(self) -> Array:
        """The training inputs as the first layer reads them, ``(samples, …)``; at most 5,000."""
        return self.prepared(self.training_part(_MOST_READ))[0]

    @cached_property
    def labels(self) -> Array | None:
        """The class of each sample of `inputs`; None if targets are not one class a sample."""
        return self.labels_of(self.training_part(_MOST_READ).y)

    @cached_property
    def validation_labels(self) -> Array | None:
        """The class of each validation sample; None if targets are not one class a sample."""
        if self.validation is None:
            return None
        return self.labels_of(self.validation.y)

    def labels_of(self, y: Any) -> Array | None:
        """Return the class of each of these targets; None if they are not one class a sample."""
        return labels_of(np.asarray(y), self.network.output_shape, self.loss)

    @cached_property
    def values(self) -> Array | None:
        """The targets of `inputs` as one number a sample; None for classes and for several numbers."""
        y = np.asarray(self.training_part(_MOST_READ).y)
        is_one = y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)
        return y.reshape(-1).astype(np.float64) if self.labels is None and is_one else None

    @cached_property
    def neighbours(self) -> Array | None:
        """The nearest neighbours of the first samples of `inputs`; None for indices, or fewer than 60 samples."""
        some = self.inputs[:_MOST_COMPARED]
        return None if some.dtype.kind in "iu" or len(some) < 60 else neighbours_of(some)

    # --- the network -------------------------------------------------------------------------------------

    @cached_property
    def objective(self) -> Objective:
        """Loss and penalties of the network."""
        return Objective(self.network, self.loss, self.regularizer)

    @property
    def regularizer(self) -> Any:
        """The regularizer of the training, or None."""
        measured = self.options or self.network.evaluation_config
        return measured.regularizer if measured is not None else None

    @cached_property
    def now(self) -> Vitals:
        """What the network does on `batch`."""
        return take_vitals(self.network, self.loss, self.regularizer, *self.batch)

    @cached_property
    def start(self) -> Vitals | None:
        """What the network did on `batch` before its first step; None if its first parameters are not known."""
        if not self.is_trained:
            return self.now
        if self.record is None or self.options is None or not self.record.samples:
            return None
        twin = self.network.copy()
        twin.build(self.network.input_shape, seed=self.options.seed, dtype=str(self.network.dtype))
        first = self.record.samples[0]
        names = {slice_.name: rms(slice_.view(twin.flat_parameters)) for slice_ in twin.layout.slices}
        same = first.step == 0 and all(
            name in names and np.isclose(names[name], sample.rms, rtol=1e-4, atol=1e-12)
            for name, sample in first.parameters.items()
        )
        return take_vitals(twin, self.loss, self.regularizer, *self.batch) if same else None

    @cached_property
    def predictions(self) -> Array:
        """The outputs of the network for `batch`, as `Network.predict` gives them."""
        return self.predicted(self.batch[0])

    def predicted(self, x: Array) -> Array:
        """Return the network's outputs for samples that the first layer can read."""
        with np.errstate(all="ignore"), self.network.workspace(training=False) as ctx:
            y, _ = self.network.sequence.forward(self.network.parameter_views, x, ctx)
            return y.copy()

    # --- how well it does --------------------------------------------------------------------------------

    @property
    def is_trained(self) -> bool:
        """Whether the network was trained, as far as is known."""
        return bool(self.history) or (self.record is not None and self.record.steps > 0)

    @property
    def was_only_tried(self) -> bool:
        """Whether the training ended after fewer steps than any network learns in."""
        return self.record is not None and 0 < self.record.steps < LEAST_STEPS and self.record.diverged is None

    @cached_property
    def guess(self) -> float:
        """The loss of guessing on `batch`: of the best answer that does not look at the inputs."""
        return guessing_loss(self.loss, self.batch[1], self.network.output_shape, self.network.dtype)

    @cached_property
    def present_loss(self) -> float:
        """The loss on `batch`, without penalties and not in training."""
        return self._loss_on(self.batch)

    @cached_property
    def validation_loss(self) -> float | None:
        """The loss on the validation data, without penalties."""
        return None if self.validation_batch is None else self._loss_on(self.validation_batch)

    def _loss_on(self, batch: tuple[Array, Array]) -> float:
        with np.errstate(all="ignore"), self.network.workspace(training=False) as ctx:
            return self.objective.value(*batch, None, ctx)[0]

    @property
    def learned(self) -> float:
        """How much of the loss of guessing is gone: 0 for guessing, 1 for no loss; below 0 for worse than guessing."""
        if not np.isfinite(self.present_loss):
            return float("-inf")
        return 1 - self.present_loss / self.guess if self.guess > 0 else 0.0

    @property
    def does_not_learn(self) -> bool:
        """Whether the network was trained, and is hardly better than guessing."""
        has_diverged = self.record is not None and self.record.diverged is not None
        return self.is_trained and (has_diverged or self.learned < 0.1)


def guessed_loss(network: Network) -> Loss:
    """Return the loss that suits the last layer."""
    are, _ = outputs_of(network.layers)
    name = {"distribution": "categorical_crossentropy", "probabilities": "binary_crossentropy"}.get(are)
    loss: Loss = create("loss", name or "mean_squared_error")
    return loss


def labels_of(y: Array, output_shape: tuple[int, ...], loss: Loss) -> Array | None:
    """Return the class of each sample, or None if the targets are not one class a sample."""
    if len(output_shape) != 1:
        return None
    classes = output_shape[0]
    if y.ndim == 2 and y.shape[1] == classes > 1 and loss.of_classes(output_shape):
        return np.argmax(y, axis=1) if np.isin(y, (0, 1)).all() else None
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
        return None
    flat = y.reshape(-1)
    if classes > 1 and y.dtype.kind in "iub" and loss.of_classes(output_shape):
        return flat.astype(np.int64)
    is_binary = classes == 1 and {"binary", "probabilities", "signs"}.intersection(loss.target_types)
    return (flat > 0).astype(np.int64) if is_binary and len(np.unique(flat)) <= 2 else None
