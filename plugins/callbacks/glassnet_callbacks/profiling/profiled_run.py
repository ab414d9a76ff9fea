"""A run whose parts are timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.part import Part
from glassnet_callbacks.profiling.stand_in import StandIn
from glassnet_callbacks.profiling.stopwatch import Account, Stopwatch
from glassnet_callbacks.profiling.timed_layer import timed_layer
from glassnet_callbacks.profiling.watched import delay_of_a_call, watched, watched_by


class ProfiledRun:
    """Puts timed stand-ins in the places of what a run calls. They belong to the run; the network is as it was.

    Parameters
    ----------
    run
        A run that starts.
    watch_every
        One step in so many is watched for matrix products: the second, which finds its buffers made.
    by
        The component that profiles, whose own hooks are not timed.

    Attributes
    ----------
    steps
        How many were taken.
    seconds
        The whole time, once it has ended.
    parts
        Where it went. Their times add up to the whole.
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

    def __init__(self, run: gn.Run, watch_every: int, by: gn.Component) -> None:
        self.steps = 0
        self.seconds = 0.0
        self.step_seconds = 0.0
        self.watched: list[tuple[float, float]] = []
        self.accelerators = run.acceleration.used
        self.start_seconds = run.acceleration.start_seconds
        self.delay_of_a_call = delay_of_a_call()
        self._watching = Part("watching for products")
        rest = Part("rest of the loop", inner=[self._watching])
        self.stopwatch = Stopwatch(rest.other, self._watching.other)
        self._step_started_at: float | None = None
        self._watching_before = 0.0
        self._kind_of_array = watched_by(self.stopwatch)
        self._watch_every = watch_every
        self.parts = [*self._network(run), *self._steps(run), self._hooks(run, by), rest]

    def end(self) -> None:
        """Stop the clock."""
        self._end_step()  # one that was broken off counts, with the products that it had
        self.seconds = self.stopwatch.stop()

    @property
    def delays(self) -> float:
        """What all calls with watched arrays took longer, beyond the time in the row of watching."""
        return self.stopwatch.calls * self.delay_of_a_call

    def _network(self, run: gn.Run) -> list[Part]:
        objective = run.objective
        layers = [
            timed_layer(layer, listed, str(place), self._kind_of_array)
            for place, (layer, listed) in enumerate(zip(objective.sequence.members, run.network.layers, strict=False))
        ]
        parts: list[Part] = [layer.part for layer in layers]
        objective.sequence = gn.Sequence(layers)
        if objective.activation is not None:
            fused = Part(f"{len(layers)} {objective.activation!r}, in the loss")
            self._stand_in(objective, "activation", forward=fused.forward)
            parts.append(fused)
        loss, between = Part(f"loss {run.loss!r}"), Part("rest of forward and backward")
        objective.loss = self._timed_loss(objective.loss, loss)
        self._time(objective, "gradients", between.other)
        return [*parts, loss, between]

    def _timed_loss(self, loss: gn.Loss, part: Part) -> Any:
        timed = self._with(loss, forward=part.forward, each=part.forward, backward=part.backward)
        if type(loss).value_and_gradient is not gn.Loss.value_and_gradient:
            return self._with(timed, value_and_gradient=part.other)

        def value_and_gradient(y_pred: gn.Array, y_true: gn.Array) -> tuple[float, gn.Array]:
            return timed.forward(y_pred, y_true), timed.backward(y_pred, y_true)

        return StandIn(timed, value_and_gradient=value_and_gradient)

    def _steps(self, run: gn.Run) -> list[Part]:
        optimizer, data, metrics = Part(f"optimizer {run.optimizer!r}"), Part("data"), Part("metrics")
        validation = Part("validation", other=Account(is_closed=True))
        self._time(run.stepper, "step", optimizer.other)
        run.stepper.optimizer = self._watched(run.stepper.optimizer)
        setattr(run, "batches", self._timed_batches(run.batches, data.other))  # noqa: B010 - mypy guards methods
        run.metrics = {
            name: self._with(metric, start=metrics.other, update=metrics.other, result=metrics.other)
            for name, metric in run.metrics.items()
        }
        self._time(run, "validate", validation.other)
        return [optimizer, data, metrics, validation]

    def _hooks(self, run: gn.Run, by: gn.Component) -> Part:
        callbacks = Part("callbacks")
        by_name: dict[str, Part] = {}

        def around(function: Callable[..., Any], component: gn.Component, hook: str) -> Callable[..., Any]:
            if component is by:
                return function
            part = by_name.setdefault(component.title(), Part(component.title()))
            return self.stopwatch.timed(part.other, function)

        run.hooks.wrap(around)
        callbacks.inner = list(by_name.values())
        return callbacks

    def _timed_batches(self, batches: Callable[[], Iterator[None]], account: Account) -> Callable[[], Iterator[None]]:
        def timed() -> Iterator[None]:
            following = self.stopwatch.timed(account, iter(batches()).__next__)
            while True:
                try:
                    following()
                except StopIteration:
                    return
                self._start_step()
                yield
                self._end_step()

        return timed

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

    def _watched(self, optimizer: gn.Optimizer) -> Any:
        """Return an optimizer that is given watched arrays, while products are watched."""

        def step(p: gn.Array, g: gn.Array, state: dict[str, gn.Array], *others: Any) -> None:
            if self.stopwatch.watches_products:
                p, g, state = watched((p, g, state), self._kind_of_array)
            optimizer.step(p, g, state, *others)

        return StandIn(optimizer, step=step)

    def _time(self, owner: Any, method: str, account: Account) -> None:
        """Charge what a method of `owner` does from now on to `account`."""
        setattr(owner, method, self.stopwatch.timed(account, getattr(owner, method)))

    def _stand_in(self, owner: Any, name: str, **accounts: Account) -> None:
        """Put an object with timed methods where `owner` has one."""
        setattr(owner, name, self._with(getattr(owner, name), **accounts))

    def _with(self, original: Any, **accounts: Account) -> Any:
        """Return `original` with some methods timed."""
        methods = {name: self.stopwatch.timed(account, getattr(original, name)) for name, account in accounts.items()}
        return StandIn(original, **methods)
