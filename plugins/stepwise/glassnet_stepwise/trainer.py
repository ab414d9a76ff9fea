"""``net.trainer(…)``: a training loop of the user's own, with the parts and the bytes of `fit`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet.data.loader import caster_for
from glassnet.data.preparation import input_rules
from glassnet.training.loop import is_to_stop, start_epoch
from glassnet_arrays.named_arrays import NamedArrays
from glassnet_splits.split import as_split
from glassnet_stepwise.unstarted_run import new_run


@explained
def trainer(network: gn.Network, x: Any, y: Any = None, **options: Any) -> Trainer:
    """Return a trainer, for a loop of your own that gives the same bytes as `fit`; build the network if needed.

    Parameters
    ----------
    network
        The network, whose parameters the loop changes.
    x, y
        Samples and targets, or a split or batches alone, as in `fit`.
    options
        The options of `fit`, such as loss, optimizer, schedule, metrics, validation and callbacks. A loop of your own
        is not recorded, so folder and resume_from are left out.

    Returns
    -------
    Trainer

    Raises
    ------
    OptionError
        If an option is unknown, or is one of a recorded run.
    DataError, ShapeError
        If the data cannot be trained on.

    Examples
    --------
    >>> data = gn.datasets.xor().load()
    >>> net = gn.Network("dense(8) tanh dense(1) sigmoid")
    >>> trainer = net.trainer(data.train, loss="bce", optimizer="adam", schedule="cosine", metrics="accuracy", epochs=3)
    >>> for epoch in trainer.epochs():
    ...     for x, y in trainer.batches():
    ...         loss, gradients = trainer.value_and_gradients(x, y)
    ...         trainer.optimizer_step(lr=trainer.lr)
    ...         trainer.metrics_step()
    >>> len(trainer.history["accuracy"])
    3
    """
    for name in ("folder", "resume_from", "overwrite", "allow_changes"):
        if options.get(name):
            raise gn.OptionError(f"a loop of your own is not recorded, so it takes no {name}; write net.save(path)")
    return Trainer(new_run(network, x, y, options))


class Trainer:
    """The parts of a training, called one at a time.

    Attributes
    ----------
    run
        The run, as callbacks see it.
    """

    def __init__(self, run: gn.Run) -> None:
        self.run = run
        self._loss: float | None = None
        self._names = NamedArrays(
            {slice_.name: slice_.view(run.network.gradients) for slice_ in run.network.layout.slices},
            "gradient",
            finite=False,
        )

    @property
    def lr(self) -> float:
        """The step size of the next step: the optimizer's, as the schedule and callbacks change it."""
        return self.run.lr

    @property
    def history(self) -> gn.History:
        """The figures of the epochs so far."""
        return self.run.history

    @property
    def logs(self) -> dict[str, float]:
        """Loss and metrics of this epoch so far."""
        return self.run.logs

    def epochs(self) -> Iterator[int]:
        """Yield the number of each epoch, from 0. Behind each, validate and add its figures to the history.

        Callbacks may end the training early. Leave the loop by ``break`` to end it where it is.
        """
        run = self.run
        run.prepare()
        run.hooks.call("check_run", run=run)
        run.begin()
        try:
            run.hooks.call("on_run_start", run=run)
            while run.epoch < run.epochs and not is_to_stop(run):
                start_epoch(run)
                yield run.epoch
                run.hooks.call("complete_epoch", run=run)
            run.hooks.call("on_train_end", run=run)
        except Exception as exception:
            run.hooks.call("on_exception", run=run, exception=exception)
            raise
        finally:
            run.hooks.call("on_run_end", run=run)

    def batches(self) -> Iterator[tuple[gn.Array, gn.Array]]:
        """Yield samples and targets of each batch of the epoch, in the order of `fit`.

        A batch on which no gradient is computed counts neither as a step nor in the figures.
        """
        run, do = self.run, self.run.hooks.calls
        for _ in do.epoch_batches(run=run):
            self._loss = None
            if do.on_batch_start:
                do.on_batch_start(run=run)
            yield run.batch
            if self._loss is not None:
                run.finish_step(self._loss)
                if do.on_batch_end:
                    do.on_batch_end(run=run)

    def value_and_gradients(self, x: Any, y: Any) -> tuple[float, NamedArrays]:
        """Return the loss of a batch in training, penalties included, and its gradient by name.

        The arrays are live: the next `optimizer_step` uses them as they are then. The loss counts in the epoch's.

        Parameters
        ----------
        x, y
            The batch as it came, or changed; or another one.

        Raises
        ------
        DataError, ShapeError
            If a batch of your own does not fit the network or the loss.
        NonFiniteError
            If the loss is NaN or infinite, unless ``on_divergence`` is ``"continue"``.
        """
        run, do = self.run, self.run.hooks.calls
        if x is not run.lent_batch[0] or y is not run.lent_batch[1]:
            run.batch = self._prepared(x, y)
        with np.errstate(all="ignore"):
            self._loss = run.compute_gradients()
        if not math.isfinite(self._loss):
            run.hooks.call("on_nonfinite_loss", run=run, loss=self._loss, is_returned=False)
        if do.on_after_backward:
            do.on_after_backward(run=run)
        return self._loss, self._names

    def optimizer_step(self, lr: float | None = None) -> None:
        """Let the optimizer take one step with the gradients; `lr` is by default that of the schedule."""
        run = self.run
        with np.errstate(all="ignore"), gn.executor().blas_limit:
            if lr is None or lr == run.lr:
                run.hooks.calls.optimizer_step(run=run)
            else:
                run.bound_optimizer.step(float(lr), run.step + 1, run.evaluate)

    def metrics_step(self) -> None:
        """Let the metrics count the batch, with the outputs from before the step; a batch is counted once."""
        self.run.hooks.calls.metrics_step(run=self.run)

    def _prepared(self, x: Any, y: Any) -> tuple[gn.Array, gn.Array]:
        """Return a batch of the user's as the run takes it; targets that came with a batch are ready."""
        network, split = self.run.network, as_split(x, y)
        # Without the scale of the training: samples that are changed may leave it.
        input_rules().expected(network.input_shape, network.dtype, None).check(split.x, split.y)
        samples = caster_for(network)(np.asarray(split.x))
        if y is self.run.lent_batch[1]:
            return samples, y
        return samples, self.run.loss.prepare_targets(np.asarray(split.y), network.output_shape, network.dtype)
