"""The callbacks of scikit-learn 1.9: a fit is a task, and each of its epochs is a task within it.

scikit-learn enhancement proposal SLEP023, Callback API. Older versions have no callbacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import glassnet as gn

try:
    import sklearn.callback as _callback
except ImportError:  # scikit-learn before 1.9
    _callback = None


class _WithoutCallbacks:
    """A base class for estimators where scikit-learn has no callbacks."""


CallbackSupport: Any = _WithoutCallbacks if _callback is None else _callback.CallbackSupportMixin
"""The base class of estimators that call callbacks."""

Method = TypeVar("Method", bound=Callable[..., Any])


def manages_callbacks(method: Method) -> Method:
    """Decorate a method that fits: callbacks are torn down when it ends, by an error too."""
    managed: Method = method if _callback is None else _callback.with_callbacks(method)
    return managed


class FitTasks:
    """The fit of an estimator as callbacks see it.

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
        self._fit: Any = None
        self._epoch: Any = None
        if _callback is not None:
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
        # A function, since a copy is only made if a callback wants a fitted estimator.
        stops: bool = self._epoch.call_on_fit_task_end(
            **self._told, reconstruction_attributes=lambda: {"network_": network.copy()}
        )
        return stops

    def end(self) -> None:
        """End the fit: the estimator can predict."""
        if self._fit is not None:
            self._fit.call_on_fit_task_end(**self._told, reconstruction_attributes={})
