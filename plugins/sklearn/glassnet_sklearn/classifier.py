"""Classification with the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

import glassnet as gn
from glassnet_sklearn.class_targets import ClassTargets
from glassnet_sklearn.fit_tasks import with_callbacks
from glassnet_sklearn.network_estimator import NetworkEstimator
from glassnet_sklearn.scores import raw_scores


def _gives_probabilities(classifier: Classifier) -> bool:
    loss = classifier.loss
    if loss is None or (loss := gn.create("loss", loss)).prediction_type != "logits" or loss.options.get("from_logits"):
        return True
    raise AttributeError(f"the loss {loss!r} gives no probabilities; use decision_function()")


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class Classifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that chooses between classes."""

    class_weight: Mapping[Any, float] | str | None = None

    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        return self._train(X, y, sample_weight)

    @with_callbacks
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        return self._train(X, y, sample_weight, is_partial=True, classes=classes)

    def decision_function(self, X: Any) -> gn.Array:
        network = self._fitted_network()
        return self._targets.decisions(raw_scores(network, self._inputs(X)))

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> gn.Array:
        network = self._fitted_network()
        return self._targets.probabilities(raw_scores(network, self._inputs(X)))

    def predict(self, X: Any) -> Any:
        decisions = self.decision_function(X)
        return self._targets.decode(decisions)

    def _checked_targets(self, y: Any) -> Any:
        y = y.toarray() if hasattr(y, "toarray") else y
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return y

    def _learn_targets(self, y: Any, weights: Any, classes: Any) -> None:
        self._targets = ClassTargets.of(y, self.loss, classes)
        self.classes_ = self._targets.classes

    def _fit_options(self, y: Any, weights: Any) -> dict[str, Any]:
        return {"loss": self._targets.loss, "class_weight": self._targets.class_weight(self.class_weight, y, weights)}

    def _score(self, network: gn.Network, x: Any, y: Any, weights: Any) -> float:
        decided = self._targets.decode(self._targets.decisions(raw_scores(network, x)))
        return float(accuracy_score(y, decided, sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
