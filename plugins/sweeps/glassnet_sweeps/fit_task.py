"""Trials that are calls of ``fit`` on data in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from inspect import signature
from time import perf_counter
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.run.config import TrainingConfig
from glassnet_persistence.folder_claim import Claim
from glassnet_persistence.paths import inside, with_written
from glassnet_stepwise.unstarted_run import new_run
from glassnet_sweeps.space import with_settings
from glassnet_sweeps.task import Task
from glassnet_sweeps.trial import FINISHED, Trial


class FitOptions(TrainingConfig):
    """A network and how it is trained, without the data."""

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, kw_only=True, help="the network")
    dtype: str = gn.option("float32", choices=("float32", "float64"), kw_only=True, help="precision")

    @classmethod
    def title(cls) -> str:
        """Return the name by which messages speak of it."""
        return "sweep"


@attrs.frozen(eq=False, kw_only=True)
class FitTask(Task):
    """Trains a network on arrays, or on other data that `fit` takes.

    Attributes
    ----------
    options
        The network and how it is trained.
    x, y
        The data.
    test
        What the network is evaluated with at the end, or None.
    given
        Other arguments of `fit`: validation data, weights.
    factory
        What makes the network of the settings that are its parameters, or None.
    """

    options: FitOptions
    x: Any
    y: Any
    test: Any
    given: dict[str, Any]
    factory: Callable[..., Any] | None = None

    @property
    def free(self) -> Collection[str]:
        return () if self.factory is None else signature(self.factory).parameters

    def experiment(self, base: FitOptions, settings: Mapping[str, Any]) -> FitOptions:
        if self.factory is not None:
            network = self.factory(**{name: value for name, value in settings.items() if name in self.free})
            base = base.replace(layers=gn.Network(layers_of(network)).layers)
        return with_settings(base, {name: value for name, value in settings.items() if name not in self.free})

    def base(self) -> FitOptions:
        return self.options

    def check(self, experiment: FitOptions) -> None:
        new_run(self._network(experiment), self.x, self.y, {**self._arguments(experiment), "progress": False})

    def train(self, trial: Trial, experiment: FitOptions, claimed: Claim) -> Trial:
        network, arguments = self._network(experiment), self._arguments(experiment)
        arguments["callbacks"] = with_written(arguments["callbacks"], lambda path: inside(claimed.path, path))
        started_at = perf_counter()
        history = network.fit(self.x, self.y, folder=claimed, resume_from=claimed, progress=False, **arguments)
        seconds = perf_counter() - started_at
        test = {} if self.test is None else network.evaluate(self.test)
        return attrs.evolve(
            trial,
            state=FINISHED,
            figures=history.epochs[-1] if history.epochs else {},
            test={name: value for name, value in test.items() if np.ndim(value) == 0},
            epochs=len(history.epochs),
            seconds=round(seconds, 3),
        )

    def _network(self, experiment: FitOptions) -> gn.Network:
        network = gn.Network(experiment.layers)
        if experiment.dtype != "float32":
            samples = getattr(self.x, "x", self.x)
            network.build(np.shape(samples)[1:], seed=experiment.seed, dtype=experiment.dtype)
        return network

    def _arguments(self, experiment: FitOptions) -> dict[str, Any]:
        named = {name: value for name, value in experiment.options.items() if name not in ("layers", "dtype")}
        named["validation"] = self.given.get("validation", named["validation"])
        return {**self.given, **named}


def layers_of(network: Any) -> Any:
    """Return the layers of a network; layers and specs as they are."""
    return network.layers if isinstance(network, gn.Network) else network
