"""A run whose parts are timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.profile_row import ProfileRow
from glassnet_callbacks.profiling.stopwatch import Account, Stopwatch, Timing
from glassnet_callbacks.profiling.timed_layer import timed_layer
from glassnet_callbacks.profiling.timed_loss import timed_loss
from glassnet_callbacks.profiling.watched import delay_of_a_call, watched_by
from glassnet_callbacks.profiling.watched_optimizer import watched_optimizer


class ProfiledRun:
    """Charges the time of a run to its parts.

    Parameters
    ----------
    run
        A run that is not prepared.
    watch_every
        One step in `watch_every` is watched for matrix products: the second, which finds its buffers made.

    Attributes
    ----------
    steps
        How many were taken.
    seconds
        The whole time, once it has ended.
    between, optimizer, metrics, validation
        Charge what is done in a ``with`` block to that part.
    step_seconds
        Time in all steps, without the work of watching.
    watched
        Seconds of each step that was watched, and those of them in matrix products.
    accelerators
        Names of those that the run is computed with.
    start_seconds
        What it took to start them, before the run.
    delay_of_a_call
        What a call with watched arrays takes longer, beyond the time in the row of watching.
    """

    def __init__(self, run: gn.Run, watch_every: int) -> None:
        self._run = run
        self.steps = 0
        self.seconds = 0.0
        self.step_seconds = 0.0
        self.watched: list[tuple[float, float]] = []
        self.start_seconds = 0.0
        self.is_running = False
        self.delay_of_a_call = delay_of_a_call()
        self._watching = ProfileRow("watching for products")
        self._rest = ProfileRow("rest of the loop", inner=[self._watching])
        self.stopwatch = Stopwatch(self._rest.other, self._watching.other)
        self._step_started_at: float | None = None
        self._watching_before = 0.0
        self._kind_of_array = watched_by(self.stopwatch)
        self._watch_every = watch_every
        self._layers: list[ProfileRow] = []
        self._parts = {
            "loss": ProfileRow(f"loss {run.loss!r}"),
            "between": ProfileRow("rest of forward and backward"),
            "optimizer": ProfileRow(f"optimizer {run.optimizer!r}"),
            "data": ProfileRow("data"),
            "metrics": ProfileRow("metrics"),
            "validation": ProfileRow("validation", other=Account(is_closed=True)),
        }
        self.between, self.optimizer, self.metrics, self.validation = (
            Timing(self.stopwatch, self._parts[name].other)
            for name in ("between", "optimizer", "metrics", "validation")
        )
        self._callbacks: dict[str, ProfileRow] = {}

    @property
    def parts(self) -> list[ProfileRow]:
        """Where the time went. Their times add up to the whole."""
        callbacks = ProfileRow("callbacks", inner=list(self._callbacks.values()))
        return [*self._layers, *self._parts.values(), callbacks, self._rest]

    @property
    def accelerators(self) -> list[str]:
        """Names of those that the run is computed with."""
        names: list[str] = self._run.describe().get("accelerators", [])
        return names

    @property
    def fusion(self) -> tuple[list[str], dict[str, str]]:
        """What is computed by fused code, and the reasons why the rest of these components is not."""
        described = self._run.describe()
        return described.get("fused", []), described.get("left_to_numpy", {})

    def prepared(self, component: Any, computed: Any, seconds: float) -> Any:
        """Return what does the same as `computed`, timed.

        Parameters
        ----------
        component, computed
            A component of the run, and what the run computes with instead.
        seconds
            What it took to prepare it.
        """
        if computed is not component:
            self.start_seconds += seconds
        if self.is_running:  # somebody computes a step of the run again
            return computed
        if isinstance(component, gn.Optimizer):
            return watched_optimizer(computed, self._kind_of_array)
        if isinstance(component, gn.Loss):
            return timed_loss(computed, self._parts["loss"], self.stopwatch)
        layer = timed_layer(computed, component, str(len(self._layers)), self._kind_of_array)
        self._layers.append(layer.part)
        return layer

    def start(self) -> None:
        """Start the clock."""
        self.is_running = True
        self.stopwatch.start()

    def end(self) -> None:
        """Stop the clock."""
        self._end_step()  # one that was broken off counts, with the products that it had
        self.seconds = self.stopwatch.stop()
        self.is_running = False

    @property
    def delays(self) -> float:
        """What all calls with watched arrays took longer, beyond the time in the row of watching."""
        return self.stopwatch.calls * self.delay_of_a_call

    def callback(self, component: gn.Component) -> AbstractContextManager[None]:
        """Charge what is done in a ``with`` block to a callback."""
        if not self.is_running:
            return nullcontext()
        name = component.title()
        if name not in self._callbacks:
            self._callbacks[name] = ProfileRow(name)
        return Timing(self.stopwatch, self._callbacks[name].other)

    def batches(self, batches: Iterator[None]) -> Iterator[None]:
        """Return an iterator over batches that charges the time of getting them, and begins and ends steps."""
        following = self.stopwatch.timed(self._parts["data"].other, iter(batches).__next__)
        while True:
            try:
                following()
            except StopIteration:
                return
            self._start_step()
            yield
            self._end_step()

    def _start_step(self) -> None:
        self._step_started_at = self.stopwatch.charge()
        self._watching_before = self._watching.seconds + self.delays
        self.stopwatch.watches_products = self.steps % self._watch_every == min(1, self._watch_every - 1)
        self.stopwatch.products = 0.0
        self.steps += 1

    def _end_step(self) -> None:
        if self._step_started_at is None:
            return  # between two steps
        watching = self._watching.seconds + self.delays - self._watching_before
        seconds = max(self.stopwatch.charge() - self._step_started_at - watching, self.stopwatch.products)
        self._step_started_at = None
        self.step_seconds += seconds
        if self.stopwatch.watches_products:
            self.watched.append((seconds, self.stopwatch.products))
            self.stopwatch.watches_products = False
