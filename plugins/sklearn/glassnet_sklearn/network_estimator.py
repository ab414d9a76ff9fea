"""The base class of the estimators: how a network is made and trained."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import glassnet as gn
from glassnet.registry.spec import split_specs
from glassnet_dataloaders.element_types import unmasked
from glassnet_sklearn.fit_tasks import CallbackSupport, FitTasks
from glassnet_sklearn.parameters import Parameters
from glassnet_sklearn.run_callbacks import EpochTasks, KeptOptimizer, ValidationScores
from glassnet_sklearn.samples import Samples
from glassnet_splits.row_labels import check_order

_DTYPES = [np.float64, np.float32]
# The largest batch of batch_size="auto", as in MLPClassifier.
_LARGEST_AUTO_BATCH = 200
# The largest strength of regularizer="auto".
_LARGEST_AUTO_STRENGTH = 0.01
# The part that early stopping holds out unless `validation` says it.
_EARLY_STOPPING_VALIDATION = 0.1
# The parameters that `Network.fit` has too, with the same meaning.
_PASSED_ON = (
    "optimizer",
    "metrics",
    "schedule",
    "progress",
    "folder",
    "resume_from",
    "overwrite",
    "on_divergence",
    "allow_changes",
    "distributed",
)


class NetworkEstimator(CallbackSupport, Parameters):  # type: ignore[misc]
    """A network with the interface of scikit-learn; a subclass says what its targets are."""

    network_: gn.Network
    loss_curve_: list[float]
    _targets: Any
    _optimizer_memory: dict[str, Any]

    def _checked_targets(self, y: Any) -> Any:
        """Return targets as an array of the right kind."""
        raise NotImplementedError

    def _learn_targets(self, samples: Samples, classes: Any) -> None:
        """Note in `_targets` what the network has to know of the targets, such as the classes."""
        raise NotImplementedError

    def _fit_options(self, samples: Samples) -> dict[str, Any]:
        """Return options of `Network.fit` that depend on the targets."""
        raise NotImplementedError

    def _score(self, network: gn.Network, samples: Samples) -> float:
        """Return the score of a network."""
        raise NotImplementedError

    # --- training --------------------------------------------------------------------------------------------

    def _train(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Make a network and train it; with `warm_start`, go on with the one that there is."""
        continues = self.warm_start and self.__sklearn_is_fitted__()
        seed = self._seed()
        samples, validation = self._without_validation(self._samples(X, y, sample_weight, reset=not continues), seed)
        network = self.network_ if continues else self._new_network(samples, seed)
        tasks = FitTasks(self, self.epochs, X, y, sample_weight)
        scores: list[float] = []
        callbacks: list[Any] = [EpochTasks(tasks), *self._early_stopping()]
        if validation is not None:
            measured = validation
            callbacks.append(ValidationScores(lambda trained: scores.append(self._score(trained, measured))))
        regularizer = _penalty(samples) if self.regularizer == "auto" else self.regularizer
        history = self._fit_network(network, samples, validation, seed, callbacks, self.epochs, regularizer)
        self._note_training(network, history, history["loss"])
        self.validation_loss_curve_ = history["val_loss"] if scores else None
        self.validation_scores_ = scores or None
        self.best_validation_score_ = max(scores, default=None)
        self._optimizer_memory = {}
        tasks.end()
        return self

    def _train_once(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Train for one epoch, with the network and the optimizer as the last call left them."""
        continues = self.__sklearn_is_fitted__()
        seed = self._seed()
        samples = self._samples(X, y, sample_weight, reset=not continues)
        network = self.network_ if continues else self._new_network(samples, seed, classes)
        tasks = FitTasks(self, 1, X, y, sample_weight)
        memory = self._optimizer_memory if continues else {}
        callbacks = [EpochTasks(tasks), KeptOptimizer(memory)]
        regularizer = None if self.regularizer == "auto" else self.regularizer
        history = self._fit_network(network, samples, None, seed, callbacks, 1, regularizer)
        self._note_training(network, history, [*(self.loss_curve_ if continues else ()), *history["loss"]])
        self._optimizer_memory = memory
        tasks.end()
        return self

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _samples(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> Samples:
        """Return what was given as arrays."""
        check_order(X, y)
        check_order(X, sample_weight, "sample_weight")
        for given, name in ((X, "X"), (y, "y"), (sample_weight, "sample_weight")):
            _check_is_unmasked(given, name)
        X, y = validate_data(self, X, y, dtype=_DTYPES, accept_sparse="csr", multi_output=True, reset=reset)
        return Samples(X, self._checked_targets(y)).weighted(sample_weight)

    def _without_validation(self, samples: Samples, seed: int) -> tuple[Samples, Samples | None]:
        """Return the samples to train on, and those to validate with or None."""
        validation = self.validation
        if validation is None and self.early_stopping:
            validation = _EARLY_STOPPING_VALIDATION
        if validation is None:
            return samples, None
        if isinstance(validation, Real):
            return samples.split(float(validation), seed, stratified=is_classifier(self))
        X, y, *weights = validation
        return samples, self._samples(X, y, weights[0] if weights else None, reset=False)

    def _new_network(self, samples: Samples, seed: int, classes: Any = None) -> gn.Network:
        self._learn_targets(samples, classes)
        last = self._targets.output_layers if self.output_layers is None else self.output_layers
        network = gn.Network([*_listed(self.layers), *_listed(last)])
        return network.build(samples.x.shape[1:], seed=seed, dtype=self.dtype or samples.x.dtype.name)

    def _early_stopping(self) -> list[gn.Callback]:
        if self.n_iter_no_change is None:
            return []
        figure = "val_loss" if self.early_stopping else "loss"
        return [gn.callbacks.early_stopping(monitor=figure, patience=self.n_iter_no_change, min_delta=self.tol)]

    def _fit_network(
        self,
        network: gn.Network,
        samples: Samples,
        validation: Samples | None,
        seed: int,
        callbacks: list[Any],
        epochs: int,
        regularizer: Any,
    ) -> gn.History:
        measured = None
        if validation is not None:
            measured = validation.x, self._targets.encode(validation.y), validation.weights
        automatic = min(_LARGEST_AUTO_BATCH, samples.x.shape[0])
        return network.fit(
            samples.x,
            self._targets.encode(samples.y),
            sample_weight=samples.weights,
            validation=measured,
            epochs=epochs,
            batch_size=automatic if self.batch_size == "auto" else self.batch_size,  # type: ignore[arg-type]
            callbacks=[*_listed(self.callbacks), *callbacks],
            seed=seed,
            regularizer=regularizer,
            **{name: getattr(self, name) for name in _PASSED_ON},
            **self._fit_options(samples),
        )

    def _note_training(self, network: gn.Network, history: gn.History, losses: list[float]) -> None:
        self.network_ = network
        self.history_ = history
        self.loss_curve_ = losses
        self.n_iter_ = len(losses)
        self.loss_ = losses[-1]
        self.best_loss_ = min(losses)
        self.n_outputs_ = network.output_shape[-1]

    # --- use -------------------------------------------------------------------------------------------------

    def _inputs(self, X: Any) -> Any:
        """Return samples as an array, or raise `NotFittedError` if there is no network."""
        check_is_fitted(self)
        _check_is_unmasked(X, "X")
        return validate_data(self, X, dtype=_DTYPES, accept_sparse="csr", reset=False)

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there is a trained network."""
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        """Return what the estimator can do, for scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _check_is_unmasked(given: Any, name: str) -> None:
    """Raise `DataError` if an array has masked values, which scikit-learn takes as they are."""
    if isinstance(given, np.ma.MaskedArray):
        unmasked(given, name)


def _penalty(samples: Samples) -> gn.Regularizer:
    """Return the regularizer of ``"auto"``: the more samples, the less it counts beside them."""
    total = samples.x.shape[0] if samples.weights is None else float(samples.weights.sum())
    penalty: gn.Regularizer = gn.regularizers.l2(min(1 / total, _LARGEST_AUTO_STRENGTH))
    return penalty


def _listed(components: Any) -> list[Any]:
    """Return names, specs and instances as a list: they may be in one text, with spaces between."""
    if isinstance(components, str):
        return split_specs(components)
    return list(components) if isinstance(components, Sequence) else [components]
