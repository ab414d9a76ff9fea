"""Regression with the interface of scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

import glassnet as gn
from glassnet_sklearn.fit_tasks import with_callbacks
from glassnet_sklearn.network_estimator import NetworkEstimator
from glassnet_sklearn.value_targets import ValueTargets


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class Regressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that predicts numbers."""

    scale_targets: bool = True

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        return self._train(X, y, sample_weight)

    @with_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        return self._train(X, y, sample_weight, is_partial=True)

    def predict(self, X: Any) -> gn.Array:
        network = self._fitted_network()
        return self._targets.decode(network.predict(self._inputs(X)))

    def _checked_targets(self, y: Any) -> Any:
        return np.asarray(y, np.float64)

    def _learn_targets(self, y: Any, weights: Any, classes: Any) -> None:
        self._targets = ValueTargets.of(y, weights, self.loss, is_scaled=self.scale_targets)

    def _fit_options(self, y: Any, weights: Any) -> dict[str, Any]:
        return {"loss": self._targets.loss}

    def _score(self, network: gn.Network, x: Any, y: Any, weights: Any) -> float:
        return float(r2_score(y, self._targets.decode(network.predict(x)), sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
