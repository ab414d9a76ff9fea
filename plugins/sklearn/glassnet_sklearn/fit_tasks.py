"""The callbacks of scikit-learn 1.9: the tasks of a fit, of which each epoch is one. Nothing in older versions.

scikit-learn enhancement proposal SLEP023, Callback API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import glassnet as gn

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands for a class that this version of scikit-learn does not have."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method: this version of scikit-learn has no callbacks."""
        return method


class FitTasks:
    """The fit of an estimator as scikit-learn's callbacks see it.

    Parameters
    ----------
    estimator
        The estimator that is fitted.
    epochs
        The largest number of epochs.
    X, y, sample_weight
        As `fit` was given them.
    """

    def __init__(self, estimator: Any, epochs: int, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = self._epoch = None
        if hasattr(estimator, "_init_callback_context"):
            self._fit = estimator._init_callback_context(max_subtasks=epochs)
            self._fit.call_on_fit_task_begin(**self._told)

    def begin_epoch(self) -> None:
        """Begin the task of an epoch."""
        if self._fit is not None:
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._told)

    def end_epoch(self, network: gn.Network) -> bool:
        """End the task of an epoch with the network as it is; return whether a callback wants to stop."""
        if self._epoch is None:
            return False
        stops: bool = self._epoch.call_on_fit_task_end(
            **self._told, reconstruction_attributes=lambda: {"network_": network.copy()}
        )
        return stops

    def end(self) -> None:
        """End the fit: the estimator can predict."""
        if self._fit is not None:
            self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})
