"""The base class of the estimators: parameters, and the training of the network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import attrs
import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

import glassnet as gn
from glassnet.registry.spec import split
from glassnet_sklearn.fit_tasks import CallbackSupportMixin, FitTasks
from glassnet_sklearn.hold_out import Samples, held_out
from glassnet_sklearn.nested_options import COMPONENTS, nested_options, with_option
from glassnet_sklearn.run_callbacks import EpochTasks, KeptOptimizer, ValidationScores

_DTYPES = [np.float64, np.float32]
# The largest batch of `batch_size="auto"`, as in MLPClassifier.
_LARGEST_AUTO_BATCH = 200
# The part that early stopping holds out if `validation` does not say it.
_EARLY_STOPPING_VALIDATION = 0.1
# The parameters that `Network.fit` has too, with the same meaning.
_PASSED_ON = (
    "optimizer",
    "metrics",
    "regularizer",
    "schedule",
    "progress",
    "folder",
    "resume_from",
    "overwrite",
    "on_divergence",
    "allow_changes",
)


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class NetworkEstimator(CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """A network with the interface of scikit-learn; `Classifier` and `Regressor` say what its outputs are."""

    layers: str | Sequence[Any] = attrs.field(default="dense(32) relu", kw_only=False)
    output_layers: str | Sequence[Any] | None = None
    loss: Any = None
    optimizer: Any = "adam"
    epochs: int = 200
    batch_size: int | str = "auto"
    validation: Any = None
    early_stopping: bool = False
    n_iter_no_change: int | None = 10
    tol: float = 1e-4
    metrics: Any = ()
    callbacks: Any = ()
    regularizer: Any = None
    schedule: Any = None
    dtype: str | None = None
    warm_start: bool = False
    random_state: Any = None
    progress: bool | None = False
    folder: str | os.PathLike[str] | None = None
    resume_from: str | os.PathLike[str] | None = None
    overwrite: bool = False
    on_divergence: str = "raise"
    allow_changes: bool = False

    _targets: ClassVar[Any]

    # --- what a subclass says of its targets -----------------------------------------------------------------

    def _checked_targets(self, y: Any) -> Any:
        """Return targets as an array of the right kind."""
        raise NotImplementedError

    def _learn_targets(self, y: Any, weights: Any, classes: Any) -> None:
        """Note what the network has to know of the targets, such as the classes, in `_targets`."""
        raise NotImplementedError

    def _fit_options(self, y: Any, weights: Any) -> dict[str, Any]:
        """Return options of `Network.fit` that depend on the targets."""
        raise NotImplementedError

    def _score(self, network: gn.Network, x: Any, y: Any, weights: Any) -> float:
        """Return the score of a network on samples and targets."""
        raise NotImplementedError

    # --- parameters ------------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; if `deep`, the options of components too, such as ``optimizer__lr``."""
        params: dict[str, Any] = super().get_params(deep=deep)
        if deep:
            for name in COMPONENTS:
                params |= nested_options(name, params[name])
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ``optimizer__lr=0.01`` sets an option of a component.

        Raises
        ------
        ValueError
            If there is no such parameter or option.
        """
        nested = {
            name: value for name, value in params.items() if name.partition("__")[0] in COMPONENTS and "__" in name
        }
        super().set_params(**{name: value for name, value in params.items() if name not in nested})
        for name, value in nested.items():
            component, _, path = name.partition("__")
            setattr(self, component, with_option(component, getattr(self, component), path, value))
        return self

    # --- training --------------------------------------------------------------------------------------------

    def _train(self, X: Any, y: Any, sample_weight: Any, *, is_partial: bool = False, classes: Any = None) -> Self:
        """Make a network and train it, or go on with the one that there is."""
        continues = self.__sklearn_is_fitted__() and (is_partial or self.warm_start)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        samples, validation = self._samples(X, y, sample_weight, reset=not continues), None
        if not is_partial:
            samples, validation = self._without_validation(samples, seed)
        if not continues:
            self._learn_targets(samples[1], samples[2], classes)
        network = self.network_ if continues else self._new_network(samples[0], seed)
        tasks = FitTasks(self, 1 if is_partial else self.epochs, X, y, sample_weight)
        scores: list[float] = []
        callbacks = [*_listed(self.callbacks), EpochTasks(tasks)]
        if validation is not None:
            measured = validation
            callbacks.append(ValidationScores(lambda trained: scores.append(self._score(trained, *measured))))
        if is_partial:
            self._optimizer_memory = getattr(self, "_optimizer_memory", {}) if continues else {}
            callbacks.append(KeptOptimizer(self._optimizer_memory))
        else:
            self._optimizer_memory = {}
            callbacks += self._early_stopping()
        history = self._fit_network(network, samples, validation, seed, callbacks, 1 if is_partial else self.epochs)
        self._note_training(network, history, scores, goes_on=is_partial and continues)
        tasks.end()
        return self

    def _samples(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> Samples:
        """Return arrays, without the samples of weight 0: they count as little as if they were left out."""
        X, y = validate_data(self, X, y, dtype=_DTYPES, multi_output=True, reset=reset)
        y = self._checked_targets(y)
        if sample_weight is None:
            return X, y, None
        weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        counts = weights > 0
        if not counts.any():
            raise ValueError("all sample weights are 0, so no sample counts; give one of them a weight above 0")
        return X[counts], y[counts], weights[counts]

    def _without_validation(self, samples: Samples, seed: int) -> tuple[Samples, Samples | None]:
        """Return the samples to train on, and those to validate with or None."""
        validation = self.validation
        if validation is None and self.early_stopping:
            validation = _EARLY_STOPPING_VALIDATION
        if validation is None:
            return samples, None
        if np.isscalar(validation):
            return held_out(samples, validation, seed, stratified=is_classifier(self))
        X, y, *weights = validation
        return samples, self._samples(X, y, weights[0] if weights else None, reset=False)

    def _new_network(self, x: Any, seed: int) -> gn.Network:
        last = self._targets.output_layers if self.output_layers is None else self.output_layers
        network = gn.Network([*_listed(self.layers), *_listed(last)])
        return network.build(x.shape[1:], seed=seed, dtype=self.dtype or x.dtype.name)

    def _early_stopping(self) -> list[gn.Callback]:
        if self.n_iter_no_change is None:
            return []
        options = {"patience": self.n_iter_no_change, "min_delta": self.tol}
        return [gn.callbacks.early_stopping(monitor="val_loss" if self.early_stopping else "loss", **options)]

    def _fit_network(
        self,
        network: gn.Network,
        samples: Samples,
        validation: Samples | None,
        seed: int,
        callbacks: list[Any],
        epochs: int,
    ) -> gn.History:
        x, y, weights = samples
        if validation is not None:
            validation = (validation[0], self._targets.encode(validation[1]), validation[2])
        return network.fit(
            x,
            self._targets.encode(y),
            sample_weight=weights,
            validation=validation,
            epochs=epochs,
            batch_size=min(_LARGEST_AUTO_BATCH, x.shape[0]) if self.batch_size == "auto" else self.batch_size,
            callbacks=callbacks,
            seed=seed,
            **{name: getattr(self, name) for name in _PASSED_ON},
            **self._fit_options(y, weights),
        )

    def _note_training(self, network: gn.Network, history: gn.History, scores: list[float], *, goes_on: bool) -> None:
        """Set the attributes that end in an underscore."""
        self.network_ = network
        self.history_ = history
        self.loss_curve_ = [*(self.loss_curve_ if goes_on else ()), *history["loss"]]
        self.n_iter_ = len(self.loss_curve_)
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = min(self.loss_curve_)
        self.validation_loss_curve_ = history["val_loss"] if scores else None
        self.validation_scores_ = scores or None
        self.best_validation_score_ = max(scores) if scores else None
        self.n_outputs_ = network.output_shape[-1]

    # --- use -------------------------------------------------------------------------------------------------

    def _fitted_network(self) -> gn.Network:
        """Return the trained network, or raise `NotFittedError`."""
        check_is_fitted(self)
        network: gn.Network = self.network_
        return network

    def _inputs(self, X: Any) -> Any:
        """Return samples to predict, as an array."""
        return validate_data(self, X, dtype=_DTYPES, reset=False)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` was called."""
        return hasattr(self, "network_")


def _listed(components: Any) -> list[Any]:
    """Return names, specs and instances as a list: they may be in one text, with spaces between."""
    if isinstance(components, str):
        return split(components)
    return list(components) if isinstance(components, Sequence) else [components]
