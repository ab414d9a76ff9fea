"""Classification with the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

import glassnet as gn
from glassnet_sklearn.class_columns import ClassColumns
from glassnet_sklearn.class_targets import ClassTargets, gives_probabilities
from glassnet_sklearn.fit_tasks import manages_callbacks
from glassnet_sklearn.network_estimator import NetworkEstimator
from glassnet_sklearn.samples import Samples
from glassnet_sklearn.scores import raw_scores
from glassnet_splits.row_labels import check_order


def _has_predict_proba(classifier: Classifier) -> bool:
    """Return whether the loss leaves probabilities, or raise `AttributeError`."""
    if classifier.loss is not None and not gives_probabilities(loss := gn.create("loss", classifier.loss)):
        raise AttributeError(f"the loss {loss!r} gives no probabilities; use decision_function()")
    return True


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class Classifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that tells classes apart.

    Parameters
    ----------
    layers
        The hidden layers: names, specs or instances in a list or in one text; ``""`` for none. The output layer
        follows from the targets: one sigmoid for two classes, a softmax for more, a sigmoid for each of several labels,
        a softmax for each of several columns of classes.
    output_layers
        The last layers, where others are wanted.
    loss, optimizer, metrics, callbacks, schedule
        As in `Network.fit`. The usual loss is the cross-entropy. Options can be set by name, such as
        ``set_params(optimizer__lr=0.01)`` or in a grid search.
    epochs
        The largest number of passes over the samples.
    batch_size
        Samples a step; ``"auto"`` is 200, or all samples if they are fewer.
    validation
        A fraction of the samples to hold out, with about the same share of each class in both parts; or ``(X, y)`` or
        ``(X, y, weights)``.
    early_stopping
        Whether to stop when the validation loss no longer falls, and go back to its best epoch. A tenth of the samples
        is held out unless `validation` is given. Otherwise training stops when the training loss no longer falls.
    n_iter_no_change, tol
        Training stops when the loss has not fallen by more than `tol` for this number of epochs. None: never.
    regularizer
        As in `Network.fit`; None for none. ``"auto"`` is l2 with a strength of 1 / sum of the sample weights, and at
        most 0.01: with a cross-entropy, a prior of weights with a variance of 1/2 (Bishop (2006), section 5.5).
        `partial_fit` does not know the number of samples, so there ``"auto"`` is none.
    dtype
        The precision of the network, ``"float32"`` or ``"float64"``; by default that of `X`.
    warm_start
        Whether `fit` goes on with the network of the last call.
    random_state
        Where the first parameters and the order of samples come from: a number, a `RandomState`, or None.
    progress, folder, resume_from, overwrite, on_divergence, allow_changes, distributed
        As in `Network.fit`. No progress bar by default.
    class_weight
        A weight in the loss for each class by name, of which those left out count 1; or ``"balanced"``.

    Attributes
    ----------
    classes_
        The classes in rising order; the numbers of the columns if a sample has several labels; a list of the classes
        of each column if there are several.
    network_
        The trained `Network`. ``network_.save("model.safetensors")`` writes it to a file.
    loss_curve_, loss_, best_loss_
        The loss of each epoch, of the last one, and the lowest of them.
    validation_loss_curve_, validation_scores_, best_validation_score_
        Loss and accuracy of each epoch on the validation samples, and the best accuracy; None without validation.
    history_
        All figures of the last training, epoch by epoch.
    n_iter_
        The number of epochs.
    n_features_in_, feature_names_in_
        The number of columns of `X`, and their names if it was a data frame.
    n_outputs_
        The number of outputs of the network.

    Examples
    --------
    >>> import glassnet as gn
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_wine(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), gn.Classifier("dense(32) relu dropout(0.2)", random_state=0))
    >>> model.fit(X, y).score(X, y) > 0.95
    True
    """

    class_weight: Mapping[Any, float] | str | None = None

    @manages_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X
            Samples, ``(samples, features)``: an array, a data frame or a sparse matrix.
        y
            Classes of any type, ``(samples,)``; rows of 0 and 1, ``(samples, labels)``, for several labels a sample; or
            several columns of classes, ``(samples, columns)``.
        sample_weight
            A weight for each sample, in the loss and the metrics. A sample of weight 0 is left out.

        Raises
        ------
        ValueError
            If the data or the parameters cannot be used. Errors of glassnet are subclasses of it.
        """
        return self._train(X, y, sample_weight)

    @manages_callbacks
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch. The optimizer goes on from where the last call stopped.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes
            All classes, in the first call, if `y` does not have each of them; a list for each of several columns.
        """
        return self._train_once(X, y, sample_weight, classes)

    def predict(self, X: Any) -> Any:
        """Return the most likely class of each sample, ``(samples,)``, and of each column, ``(samples, columns)``.

        For several labels it is rows of 0 and 1.
        """
        decisions = self.decision_function(X)
        return self._targets.decode(decisions)

    @available_if(_has_predict_proba)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class, ``(samples, classes)``, in the order of `classes_`.

        Of several columns of classes it is a list with such an array for each.
        """
        inputs = self._inputs(X)
        return self._targets.probabilities(raw_scores(self.network_, inputs))

    def decision_function(self, X: Any) -> Any:
        """Return scores before sigmoid or softmax, ``(samples, classes)``; for two classes ``(samples,)``.

        Of several columns of classes it is a list with such an array for each.
        """
        inputs = self._inputs(X)
        return self._targets.decisions(raw_scores(self.network_, inputs))

    def _checked_targets(self, y: Any) -> Any:
        y = y.toarray() if hasattr(y, "toarray") else y
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return y

    def _learn_targets(self, samples: Samples, classes: Any) -> None:
        has_columns = samples.y.ndim > 1 and type_of_target(samples.y, input_name="y") != "multilabel-indicator"
        self._targets = (ClassColumns if has_columns else ClassTargets).of(samples.y, self.loss, classes)
        self.classes_ = self._targets.classes

    def _fit_options(self, samples: Samples) -> dict[str, Any]:
        weights = self._targets.class_weight(self.class_weight, samples.y, samples.weights)
        return {"loss": self._targets.loss, "class_weight": weights}

    def _score(self, network: gn.Network, samples: Samples) -> float:
        decided = self._targets.decode(self._targets.decisions(raw_scores(network, samples.x)))
        return _accuracy(samples.y, decided, samples.weights)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of samples whose class is right, or all of whose classes are if there are several."""
        check_order(X, y)
        return _accuracy(y, self.predict(X), sample_weight)

    def __sklearn_tags__(self) -> Any:
        """Return what the estimator can do, for scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def _accuracy(true: Any, predicted: Any, weights: Any) -> float:
    if predicted.ndim < 2 or type_of_target(true, input_name="y") == "multilabel-indicator":
        return float(accuracy_score(true, predicted, sample_weight=weights))
    return float(np.average((np.asarray(true) == predicted).all(axis=1), weights=weights))


# attrs writes the constructor, so it is wrapped when it is there.
Classifier.__init__ = gn.explained(Classifier.__init__)  # type: ignore[method-assign]
