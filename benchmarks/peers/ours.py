"""glassnet, as its users call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.cases import Case, Convolution, Dense, Samples, Weights, Word
from benchmarks.peers.peer import Peer
from glassnet.registry.registry import registry
from glassnet_accelerators.switch import are_wanted
from glassnet_fusion import choice

# The timing covers one epoch of a run of this length: in a short run glassnet does not load its kernels, since that
# would take longer than they save.
_EPOCHS = 100
_NEVER_INSTALLED = "no_module_of_this_name"
_LOSSES = {
    "softmax": "categorical_crossentropy",
    "sigmoid": "binary_crossentropy",
    "linear": "mean_squared_error",
}


def network_of(case: Case) -> gn.Network:
    """Return the network of a case, built with seed 0."""
    return gn.Network([*map(_spec, case.layers), case.output]).build(case.input_shape, seed=0)


def first_weights(case: Case) -> Weights:
    """Return the weights and biases from which every peer starts."""
    parameters = network_of(case).parameters
    names = [name for name in parameters if name.endswith(".weights")]
    return [(parameters[name].copy(), parameters[name.replace("weights", "bias")].copy()) for name in names]


def _spec(word: Word) -> str:
    match word:
        case Dense(units):
            return f"dense({units})"
        case Convolution(filters):
            return f"conv2d({filters}, 3)"
        case "max_pool":
            return "max_pool2d"
        case _:
            return word


class Glassnet(Peer):
    """glassnet as it is installed, with the accelerators that it finds."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        self.network = network_of(case)
        self.epochs = _EPOCHS

    def start(self) -> None:
        given = (array.reshape(-1) for pair in self.weights for array in pair)
        self.network.flat_parameters[:] = np.concatenate(list(given))
        # A further fit would go on with the random numbers of the one before.
        self.network.counts.epochs = self.network.counts.steps = 0

    def epoch(self, order: np.ndarray) -> None:
        raise NotImplementedError("glassnet goes through its epochs by itself, in this order")

    def first_steps(self, count: int) -> None:
        self.start()
        after: list[np.ndarray] = []
        self._fit(StopWhen(lambda: True), KeepAfter(count, after))
        self.network.flat_parameters[:] = after[0]

    def train(
        self, epochs: int, enough: Callable[[], bool] = lambda: False, callbacks: tuple[gn.Callback, ...] = ()
    ) -> None:
        numbers = iter(range(1, epochs + 1))
        self._fit(*callbacks, StopWhen(lambda: enough() or next(numbers) == epochs))

    def _fit(self, *callbacks: gn.Callback) -> None:
        self.network.fit(
            self.samples.x,
            self.samples.y,
            loss=_LOSSES[self.case.output],
            optimizer="adam",
            epochs=self.epochs,
            batch_size=self.case.batch,
            callbacks=callbacks,
            seed=0,
            progress=False,
        )

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.network.predict(x)


# Classes of the module: the hooks of a class are looked up once, and a new class at each fit would pay for it anew.
class StopWhen(gn.Callback):
    """Stops after the epoch when it is enough."""

    enough: Any = gn.option(help="tells whether it is")

    def should_stop(self, run: gn.Run) -> bool:
        return bool(self.enough())


class KeepAfter(gn.Callback):
    """Keeps the parameters of one step."""

    count: int = gn.option(help="number of the step")
    after: Any = gn.option(help="the list that the parameters are added to")

    def on_batch_end(self, run: gn.Run) -> None:
        if run.step == self.count:
            self.after.append(run.network.flat_parameters.copy())


@contextmanager
def plain() -> Iterator[None]:
    """Turn those of glassnet's accelerators off for a while that need more than NumPy, and fusion."""
    is_installed = choice.is_installed
    choice.is_installed = lambda: False
    needing = [each for each in _accelerators() if each.requires]
    requires = [each.requires for each in needing]
    for each in needing:
        each.requires = (_NEVER_INSTALLED,)
    try:
        yield
    finally:
        choice.is_installed = is_installed
        for each, modules in zip(needing, requires, strict=True):
            each.requires = modules


@contextmanager
def reference() -> Iterator[None]:
    """Let glassnet compute exactly the formulas of its components for a while."""
    gn.use_accelerators(False)
    try:
        yield
    finally:
        gn.use_accelerators(None)


def _accelerators() -> list[type[gn.Accelerator]]:
    return [registry.load(entry) for entry in registry.entries("accelerator")] if are_wanted() else []


class PlainGlassnet(Glassnet):
    """glassnet without the accelerators that need more than NumPy."""

    @classmethod
    def why_not_here(cls) -> str | None:
        if any(each.requires and each.unavailable_reason() is None for each in _accelerators()):
            return None
        return "no compiled accelerator is in use here, so it is the same as glassnet"

    def _fit(self, *callbacks: gn.Callback) -> None:
        with plain():
            super()._fit(*callbacks)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        with plain():
            return super().outputs(x)


class ReferenceGlassnet(Glassnet):
    """glassnet in its reference mode: without any accelerator."""

    @classmethod
    def why_not_here(cls) -> str | None:
        return None if are_wanted() else "accelerators are switched off, so it is the same as glassnet"

    def _fit(self, *callbacks: gn.Callback) -> None:
        with reference():
            super()._fit(*callbacks)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        with reference():
            return super().outputs(x)
