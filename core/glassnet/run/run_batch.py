"""The batch that a run is at: its samples, its weights, and what was computed from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import DataError
from glassnet.model.mask import mask_of_targets, weight_of_batch
from glassnet.run.config import FitConfig
from glassnet.run.run_settings import RunSettings
from glassnet.types import Array

if TYPE_CHECKING:
    from glassnet.components.context import Context
    from glassnet.model.objective import Objective
    from glassnet.run.hooks import Hooks

Uncounted = tuple[Array, Array, Array | None, Array | None]
"""Targets, outputs, mask and weights of a batch that the metrics have not counted."""


class Evaluation:
    """What one evaluation of the batch leaves for the parts of the step that follow.

    Attributes
    ----------
    context
        The context of the layers.
    outputs
        What the layers returned, before an activation that is fused with the loss; see `Objective.activate`.
    caches
        What the layers kept for backward.
    loss
        The loss, penalties included; what the step returns if no hook of its backward pass changes it.
    output_gradients
        The derivative of the loss by the outputs.
    """

    __slots__ = ("caches", "context", "loss", "output_gradients", "outputs")

    context: Context
    outputs: Array
    caches: list[Any]
    loss: float
    output_gradients: Array


class RunBatch(RunSettings):
    """A run at one batch.

    Attributes
    ----------
    epoch, batch_in_epoch
        Epochs completed, and batches of this epoch.
    lent_batch
        The samples and targets of this step, in buffers that the next batch may overwrite: to read, not to keep.
    evaluation
        What the last evaluation of the batch left.
    sample_weights, metric_weights
        A weight for each sample of the batch in the loss and in the metrics, or None if all count alike.
    """

    hooks: Hooks
    objective: Objective

    def __init__(self, config: FitConfig) -> None:
        super().__init__(config)
        network = config.network
        self.epoch = 0
        self.batch_in_epoch = 0
        self.evaluation = Evaluation()
        no_x, no_y = (np.empty((0, *shape)) for shape in (network.input_shape, network.output_shape))
        self.lent_batch: tuple[Array, Array] = (no_x, no_y)
        self._batch_is_lent = self._batch_is_counted = False
        self._uncounted: list[Uncounted] = []
        self._counted_weight = 0.0
        self.sample_weights: Array | None = None
        self.metric_weights: Array | None = None
        self._class_weights = config.class_weights

    @property
    def batch(self) -> tuple[Array, Array]:
        """The samples and targets of this step.

        They are in buffers that the next batch may overwrite, so the first look at them makes a copy. A batch that is
        set keeps the weights of the samples, and has the class weights of its own targets.
        """
        if self._batch_is_lent:
            x, y = self.lent_batch
            self.lent_batch, self._batch_is_lent = (x.copy(), y.copy()), False
        return self.lent_batch

    @batch.setter
    def batch(self, batch: tuple[Array, Array]) -> None:
        before, targets, weights = self.lent_batch[1], batch[1], self.metric_weights
        self.lent_batch, self._batch_is_lent, self._batch_is_counted = batch, False, False
        if len(batch[0]) != len(targets):
            raise DataError(f"run.batch has {len(batch[0])} samples and {len(targets)} targets; give one a sample")
        of_classes = None if targets is before else self._class_weights
        if of_classes is not None and (weights is None or len(weights) == len(targets)):
            self.sample_weights = of_classes.of_unchecked(weights, targets)

    def batches(self) -> Iterator[None]:
        """Iterate over the rest of this epoch's batches, in its shuffled order; each one is put in `batch`."""
        given, epoch = self.options, self.began.epochs + self.epoch
        for batch, weights in self.data.epoch_batches(given.batch_size, given.seed, epoch, done=self.batch_in_epoch):
            self.lent_batch, self._batch_is_lent, self._batch_is_counted = batch, True, False
            self.metric_weights = self.sample_weights = weights
            if self._class_weights is not None:
                self.sample_weights = self._class_weights.times(weights, batch[1])
            yield

    @property
    def batch_samples(self) -> int:
        """Number of samples in the batch."""
        return len(self.lent_batch[0])

    @property
    def batch_weight(self) -> float:
        """How much the batch counts: its samples or real time steps, or the sum of their weights."""
        y, mask = self.lent_batch[1], self.objective.mask
        if mask is None and self.sample_weights is None:
            return float(len(y))
        return weight_of_batch(mask_of_targets(mask, y), y, self.sample_weights)

    def pass_through_network(self) -> AbstractContextManager[Context]:
        """Lend the context in which the layers are run on the batch.

        Raises
        ------
        DataError
            If a callback set a batch whose number of samples is not that of the weights.
        """
        if self.metric_weights is not None or self.sample_weights is not None:
            self._check_weights()
        return self._network.workspace(training=True, step=self.began.steps + self.step, seed=self.stream_seed)

    def _check_weights(self) -> None:
        for weights in (self.metric_weights, self.sample_weights):
            if weights is not None and len(weights) != self.batch_samples:
                raise DataError(
                    f"the batch has {self.batch_samples} samples and {len(weights)} weights; a callback that replaces "
                    "run.batch by another number of samples sets run.metric_weights and run.sample_weights too"
                )

    def evaluate(self) -> float:
        """Run the network forward and backward on the batch, and return the loss; no metric counts it."""
        do, now = self.hooks.calls, self.evaluation
        with self.pass_through_network() as now.context:
            now.outputs = do.forward_step(run=self)
            now.loss, now.output_gradients = do.loss_step(run=self)
            do.backward_step(run=self)
        return now.loss

    def note_evaluation(self) -> None:
        """Note what the metrics are to count of the batch, unless it was noted already."""
        if not self._batch_is_counted:
            self._batch_is_counted = True
            self._counted_weight += self.batch_weight
            if self.metrics:
                self._uncounted.append(
                    (self.lent_batch[1], self.evaluation.outputs, self.objective.mask, self.metric_weights)
                )

    def uncounted(self) -> list[Uncounted]:
        """Return the batches that the metrics have not counted, which count from now on."""
        batches, self._uncounted = self._uncounted, []
        return batches
