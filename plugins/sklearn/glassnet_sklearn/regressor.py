"""Regression with the interface of scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

import glassnet as gn
from glassnet_sklearn.fit_tasks import manages_callbacks
from glassnet_sklearn.network_estimator import NetworkEstimator
from glassnet_sklearn.samples import Samples
from glassnet_sklearn.value_targets import ValueTargets
from glassnet_splits.row_labels import check_order


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class Regressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A network that predicts numbers.

    Parameters
    ----------
    layers
        The hidden layers: names, specs or instances in a list or in one text; ``""`` for none. The output layer has
        one unit for each target.
    output_layers
        The last layers, where others are wanted.
    loss, optimizer, metrics, callbacks, schedule
        As in `Network.fit`. The usual loss is the mean squared error. Options can be set by name, such as
        ``set_params(optimizer__lr=0.01)`` or in a grid search.
    epochs
        The largest number of passes over the samples.
    batch_size
        Samples a step; ``"auto"`` is 200, or all samples if they are fewer.
    validation
        A fraction of the samples to hold out; or ``(X, y)`` or ``(X, y, weights)``.
    early_stopping
        Whether to stop when the validation loss no longer falls, and go back to its best epoch. A tenth of the samples
        is held out unless `validation` is given. Otherwise training stops when the training loss no longer falls.
    n_iter_no_change, tol
        Training stops when the loss has not fallen by more than `tol` for this number of epochs. None: never.
    regularizer
        As in `Network.fit`; None for none. ``"auto"`` is l2 with a strength of 1 / sum of the sample weights, and at
        most 0.01 (Bishop (2006), section 5.5). In `partial_fit`, which does not know the number of samples, ``"auto"``
        is none.
    dtype
        The precision of the network, ``"float32"`` or ``"float64"``; by default that of `X`.
    warm_start
        Whether `fit` goes on with the network of the last call.
    random_state
        Where the first parameters and the order of samples come from: a number, a `RandomState`, or None.
    progress, folder, resume_from, overwrite, on_divergence, allow_changes, distributed
        As in `Network.fit`. No progress bar by default.
    scale_targets
        Whether the network learns standardized targets, mean 0 and variance 1, and predictions are turned back. Losses,
        metrics, and options of losses in the unit of the targets, then count standard deviations. Losses of counts or
        positive numbers always get the targets as they are.

    Attributes
    ----------
    network_
        The trained `Network`; its outputs are standardized unless ``scale_targets=False``.
    loss_curve_, loss_, best_loss_
        The loss of each epoch, of the last one, and the lowest of them.
    validation_loss_curve_, validation_scores_, best_validation_score_
        Loss and R² of each epoch on the validation samples, and the best R²; None without validation.
    history_
        All figures of the last training, epoch by epoch.
    n_iter_
        The number of epochs.
    n_outputs_
        The number of outputs of the network.
    n_features_in_, feature_names_in_
        The number of columns of `X`, and their names if it was a data frame.

    Examples
    --------
    >>> import glassnet as gn
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), gn.Regressor("dense(16) relu", loss="mae", random_state=0))
    >>> model.fit(X, y).score(X, y) > 0.4
    True
    """

    scale_targets: bool = True

    @manages_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X
            Samples, ``(samples, features)``: an array, a data frame or a sparse matrix.
        y
            Targets, ``(samples,)`` or ``(samples, outputs)``.
        sample_weight
            A weight for each sample, in the loss and the metrics. A sample of weight 0 is left out.

        Raises
        ------
        ValueError
            If the data or the parameters cannot be used. Errors of glassnet are subclasses of it.
        """
        return self._train(X, y, sample_weight)

    @manages_callbacks
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch. The optimizer goes on from where the last call stopped.

        The targets of the first call say how all are standardized.
        """
        return self._train_once(X, y, sample_weight)

    def predict(self, X: Any) -> gn.Array:
        """Return predictions in the unit of the targets, in the shape that `fit` was given."""
        inputs = self._inputs(X)
        values: gn.Array = self._targets.decode(self.network_.predict(inputs))
        return values

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R², the part of the variance of the targets that is explained."""
        check_order(X, y)
        return float(super().score(X, y, sample_weight))

    def _checked_targets(self, y: Any) -> Any:
        return np.asarray(y, np.float64)

    def _learn_targets(self, samples: Samples, classes: Any) -> None:
        self._targets = ValueTargets.of(samples.y, samples.weights, self.loss, is_scaled=self.scale_targets)

    def _fit_options(self, samples: Samples) -> dict[str, Any]:
        return {"loss": self._targets.loss}

    def _score(self, network: gn.Network, samples: Samples) -> float:
        predicted = self._targets.decode(network.predict(samples.x))
        return float(r2_score(samples.y, predicted, sample_weight=samples.weights))

    def __sklearn_tags__(self) -> Any:
        """Return what the estimator can do, for scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


# attrs writes the constructor, so it is wrapped when it is there.
Regressor.__init__ = gn.explained(Regressor.__init__)  # type: ignore[method-assign]
