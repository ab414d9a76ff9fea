"""One training in several processes: each step sums gradients, figures and state over all ranks."""

from __future__ import annotations

import signal
from collections.abc import Generator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_distributed.communicator import Communicator
from glassnet_distributed.continued import described, numbers_of_ranks
from glassnet_distributed.joint_metrics import JointMetrics, count_all, count_batch
from glassnet_distributed.likeness import check_that_all_are_alike
from glassnet_distributed.measuring import measure_together
from glassnet_distributed.seeds import seed_of_rank
from glassnet_distributed.signals import JointSignals
from glassnet_distributed.step_buffer import StepBuffer
from glassnet_distributed.sync_batch_norm import synchronized

if TYPE_CHECKING:
    from glassnet_distributed.loader import RankLoader

Surrounding = Generator[None, Any, Any]


class Distributed(gn.Callback):
    """Keeps the networks of all ranks equal, byte for byte, and makes their steps one step on all of their batches.

    Goyal et al. (2017), Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, arXiv:1706.02677, section 3.
    """

    @gn.run_hookimpl(wrapper=True, tryfirst=True)
    def run_training(self, run: gn.Run) -> Surrounding:
        memory, ranks = run.state_of(self), ranks_of(run)
        memory._signals = None
        try:
            return (yield)
        except BaseException as error:
            ranks.fail(error)
            raise
        finally:
            if memory._signals is not None:
                memory._signals.put_back()

    @gn.run_hookimpl(tryfirst=True)
    def prepare_component(self, run: gn.Run, component: Any) -> Any:
        """Synchronize the layers that ask for it."""
        if not isinstance(component, gn.Layer):
            return None
        changed = synchronized(component, run)
        return None if changed is component else changed

    def check_run(self, run: gn.Run) -> None:
        ranks = ranks_of(run)
        run.stream_seed = seed_of_rank(run.options.seed, ranks.rank)
        check_that_all_are_alike(run, ranks)
        for array in (run.network.flat_parameters, *_states(run)):
            array[...] = ranks.broadcast(array)

    # Last, so that the handlers that are kept are those of the other callbacks.
    @gn.run_hookimpl(trylast=True)
    def on_run_start(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        memory._buffer = memory._metrics = None
        memory._counted_step = -1
        memory._compression = SimpleNamespace()
        ranks = ranks_of(run)
        memory._signals = JointSignals()
        if run.folder is not None:
            ranks.hint(f"; the run in {run.folder} can be continued from its last state")

    @gn.run_hookimpl(trylast=True)
    def restore_state(self, run: gn.Run, state: dict[str, Any]) -> None:
        """Go on where all ranks were, though they may be more or fewer now."""
        # The state of one process has no such number.
        batches: int = getattr(run.state_of(self), "batches_of_ranks", run.batch_in_epoch)
        run.batch_in_epoch = batches // ranks_of(run).size

    @gn.run_hookimpl(wrapper=True)
    def backward_step(self, run: gn.Run) -> Surrounding:
        done = yield
        self._sum(run)
        return done

    def metrics_step(self, run: gn.Run) -> bool:
        memory = run.state_of(self)
        for _ in run.uncounted():  # they were counted when the step was summed
            memory._metrics.merge(run.metrics, memory._counted, memory._sums, is_idle=_part_of(run).is_idle)
            count_all(run.metrics, memory._batch, run.objective.measuring, ranks_of(run))
        return True

    @gn.run_hookimpl(tryfirst=True)
    def on_batch_end(self, run: gn.Run) -> None:
        memory, ranks = run.state_of(self), ranks_of(run)
        memory.batches_of_ranks = run.batch_in_epoch * ranks.size
        memory.numbers_of_ranks = numbers_of_ranks(memory, ranks.size)
        if memory._counted_step == run.step - 1:
            loss, weight = memory._totals
            run.total_loss = loss + run.batch_loss * memory._weight
            run.total_weight = weight + memory._weight
        if memory._buffer is not None:
            _act_on(run, memory._signals, memory._buffer.interrupts, memory._buffer.terminations)

    @gn.run_hookimpl(tryfirst=True)
    def on_epoch_end(self, run: gn.Run) -> None:
        memory, ranks = run.state_of(self), ranks_of(run)
        memory.batches_of_ranks = 0
        got = memory._signals.got
        vector = run.network.flat_parameters if run.last_vector is None else run.last_vector
        told = ranks.stack(np.array([*got.values(), crc32(vector.data)]))
        if len(set(told[:, 2].tolist())) > 1:
            raise gn.GlassnetError(
                f"the ranks have different parameters after epoch {run.epoch}; a callback or a layer computes with "
                "other numbers on each of them, such as the time or a random generator of its own"
            )
        _act_on(run, memory._signals, *told[:, :2].sum(axis=0).tolist())

    @gn.run_hookimpl(wrapper=True)
    def should_stop(self, run: gn.Run) -> Surrounding:
        answers = yield
        return [ranks_of(run).broadcast(any(answers))]

    def run_validation(self, run: gn.Run) -> dict[str, Any]:
        return measure_together(run.network, run.validation, run.objective, run.options.metrics)

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        return described(run.state_of(self), ranks_of(run).size)

    def _sum(self, run: gn.Run) -> None:
        """Replace gradients, loss and state by those of the batches of all ranks."""
        memory, ranks, is_idle = run.state_of(self), ranks_of(run), _part_of(run).is_idle
        is_counted = memory._counted_step == run.step
        if not is_counted:
            memory._counted, memory._batch = count_batch(run, is_idle=is_idle)
        if memory._buffer is None:
            memory._metrics = JointMetrics(memory._counted, ranks)
            memory._buffer = StepBuffer(run.network.gradients, _states(run), memory._metrics.size)
        buffer: StepBuffer = memory._buffer
        buffer.interrupts, buffer.terminations = memory._signals.got.values()
        totals = memory._metrics.totals(memory._counted)
        buffer.fill(run.evaluation.loss, run.batch_weight, 0 if is_idle else run.batch_samples, totals)
        if _part_of(run).compression is None:
            ranks.sum(buffer.vector)
        else:
            _part_of(run).compression.sum(buffer.of_gradients, ranks, memory._compression)
            ranks.sum(buffer.rest)
        buffer.read()
        run.evaluation.loss = buffer.loss
        if not is_counted:
            memory._counted_step = run.step
            memory._totals = run.total_loss, run.total_weight
            memory._weight, memory._sums = buffer.weight, buffer.totals.copy()


class SavedState(gn.Callback):
    """Gives all ranks the state that rank 0 has read, and restores it where no run folder does."""

    # Within what reads it, and around what uses it.
    @gn.run_hookimpl(wrapper=True, trylast=True)
    def run_training(self, run: gn.Run) -> Surrounding:
        run.saved, run.starts_over = ranks_of(run).broadcast((run.saved, run.starts_over))
        return (yield)

    def restore_state(self, run: gn.Run, state: dict[str, Any]) -> None:
        if ranks_of(run).rank > 0:
            from glassnet_persistence.run_state import restore

            restore(run, state)


def ranks_of(run: gn.Run) -> Communicator:
    """Return the processes that share a run."""
    return _part_of(run).ranks


def _part_of(run: gn.Run) -> RankLoader:
    """Return what the rank draws its batches from."""
    return cast("RankLoader", run.data)


def _states(run: gn.Run) -> list[Array]:
    return list(named_leaves(run.network.state).values())


def _act_on(run: gn.Run, signals: JointSignals, interrupts: int, terminations: int) -> None:
    """Do what a signal asks for, on all ranks after the same step."""
    number = signal.SIGTERM if terminations else signal.SIGINT if interrupts else None
    if number is None:
        return
    handler = signals.handler(number)
    if callable(handler):
        handler(number, None)
        return
    run.save_state()
    raise SystemExit(128 + number)
