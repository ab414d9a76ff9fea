"""Predictions and targets to try losses and metrics with, in every form of targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.errors import OptionError
from glassnet.types import Array
from glassnet_names.nearest import did_you_mean
from glassnet_testing.runner.subject import Example

OUTPUTS = 3


def forms_of(example: Example) -> Sequence[str]:
    """Return the forms of targets to try an example with; an empty one for numbers that its author gave."""
    forms: Sequence[str] = ("",) if example.given else example.component.target_types
    return forms


@dataclass(frozen=True)
class Pair:
    """A batch of predictions, and its targets.

    Attributes
    ----------
    form
        The word of `Loss.target_types`, or empty for numbers that the author gave.
    """

    form: str
    y_pred: Array
    y_true: Array

    def __len__(self) -> int:
        return len(self.y_pred)

    def rows(self, chosen: slice | Array) -> Pair:
        """Return some of the samples."""
        return replace(self, y_pred=self.y_pred[chosen], y_true=self.y_true[chosen])

    def astype(self, dtype: str) -> Pair:
        """Return the pair in another precision; labels stay integers."""
        y_true = self.y_true.astype(dtype) if self.y_true.dtype.kind == "f" else self.y_true
        return replace(self, y_pred=self.y_pred.astype(dtype), y_true=y_true)

    def copy(self) -> Pair:
        """Return a pair of arrays of its own."""
        return replace(self, y_pred=self.y_pred.copy(), y_true=self.y_true.copy())


def _alone(width: int) -> int:
    """Return 1 for the usual number of outputs: answers are mostly given by one output."""
    return 1 if width == OUTPUTS else width


def _values(rng: np.random.Generator, batch: int, width: int) -> Array:
    # Numbers that can be read in a report.
    return rng.normal(size=(batch, width)).round(2)


def _labels(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.integers(0, width, batch)


def _one_hot(rng: np.random.Generator, batch: int, width: int) -> Array:
    return np.eye(width)[_labels(rng, batch, width)]


def _distribution(rng: np.random.Generator, batch: int, width: int) -> Array:
    # Not too near 0: there a logarithm is steep.
    positive = rng.uniform(0.1, 1, (batch, width))
    rows: Array = positive / positive.sum(axis=-1, keepdims=True)
    return rows


def _binary(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.integers(0, 2, (batch, _alone(width))).astype(np.float64)


def _probabilities(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.uniform(0.05, 0.95, (batch, width)).round(2)


def _signs(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.choice([-1.0, 1.0], (batch, _alone(width)))


def _positive(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.gamma(2.0, size=(batch, width)).round(2) + 0.05


def _counts(rng: np.random.Generator, batch: int, width: int) -> Array:
    return rng.poisson(2.0, (batch, width)).astype(np.float64)


FORMS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "values": _values,
    "labels": _labels,
    "one_hot": _one_hot,
    "distribution": _distribution,
    "binary": _binary,
    "probabilities": _probabilities,
    "signs": _signs,
    "positive": _positive,
    "counts": _counts,
}
# Targets that name one class each.
CLASS_FORMS = frozenset({"labels", "one_hot", "binary"})
# What a metric is given along with targets of a form.
OUTPUTS_FOR = {
    "values": "values",
    "labels": "distribution",
    "one_hot": "distribution",
    "distribution": "distribution",
    "binary": "probabilities",
    "probabilities": "probabilities",
    "signs": "values",
    "positive": "values",
    "counts": "values",
}


def targets(form: str, batch: int, seed: int, width: int = OUTPUTS) -> Array:
    """Return targets of a form, for outputs or classes of some number."""
    if form not in FORMS:
        raise OptionError(f"target_types: there is no form {form!r}{did_you_mean(form, FORMS)} ({', '.join(FORMS)})")
    return FORMS[form](np.random.default_rng(seed), batch, width)


def predictions(expects: str, form: str, batch: int, seed: int, width: int = OUTPUTS) -> Array:
    """Return random predictions of what a loss expects, for targets of a form."""
    rng = np.random.default_rng([seed, 1])
    if form not in ("labels", "one_hot", "distribution"):
        width = targets(form, 1, 0, width).shape[-1]
    if expects == "distribution":
        return _distribution(rng, batch, width)
    if expects == "probabilities":
        return rng.uniform(0.05, 0.95, (batch, width)).round(2)
    return rng.normal(size=(batch, width)).round(2)


def as_predicted(form: str, y_true: Array, expects: str, width: int = OUTPUTS) -> Array:
    """Return predictions that are nearly as right as can be: the targets themselves, put as what is predicted."""
    if form == "labels":
        y_true = np.eye(width)[y_true]
    if form in ("values", "signs", "positive", "counts"):
        return y_true.astype(np.float64)
    if expects in ("values", "logits"):
        # For rows that sum to 1 the logarithms are logits as well: a constant makes no difference.
        inside = 0.02 + 0.96 * y_true
        return np.log(inside) - (np.log(1 - inside) if form in ("binary", "probabilities") else 0)
    middle = 1 / y_true.shape[-1] if expects == "distribution" else 0.5
    return 0.9 * y_true + 0.1 * middle
