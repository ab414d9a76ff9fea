"""The parameters that the estimators share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import attrs
from sklearn.base import BaseEstimator

from glassnet_sklearn.nested_options import COMPONENTS, nested_options, with_option


@attrs.define(slots=False, eq=False, repr=False, kw_only=True)
class Parameters(BaseEstimator):  # type: ignore[misc]
    """The parameters of an estimator. `Classifier` says what each of them means.

    scikit-learn wants a constructor that stores its arguments and nothing else, which attrs writes.
    """

    layers: str | Sequence[Any] = attrs.field(default="dense(32) relu", kw_only=False)
    output_layers: str | Sequence[Any] | None = None
    loss: Any = None
    optimizer: Any = "adam(lr=0.01)"
    epochs: int = 200
    batch_size: int | str = "auto"
    validation: Any = None
    early_stopping: bool = False
    n_iter_no_change: int | None = 10
    tol: float = 1e-4
    metrics: Any = ()
    callbacks: Any = ()
    regularizer: Any = "auto"
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
    distributed: Any = False

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; if `deep`, the options of components too, such as ``optimizer__lr``."""
        params: dict[str, Any] = super().get_params(deep=deep)
        if deep:
            for name in COMPONENTS:
                params |= nested_options(name, params[name])
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters. ``optimizer__lr=0.01`` sets an option of a component.

        Raises
        ------
        ValueError
            If there is no such parameter or option.
        """
        nested = {name: params[name] for name in params if "__" in name and name.partition("__")[0] in COMPONENTS}
        super().set_params(**{name: params[name] for name in params if name not in nested})
        for name, option in nested.items():
            parameter, _, path = name.partition("__")
            setattr(self, parameter, with_option(parameter, getattr(self, parameter), path, option))
        return self
