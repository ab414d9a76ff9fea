"""Impute: fill what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn


class Impute(gn.Transform):
    """Fill missing values with the median, the mean or the mode of the training rows, or with a constant.

    With `indicator` there is one more output for each column, which is 1 where the value was missing.

    Source: Little and Rubin (2019), Statistical Analysis with Missing Data, section 4.2.
    """

    checks = gn.Checks(
        counterpart="sklearn.impute.SimpleImputer(strategy={'mode': 'most_frequent'}.get(by, by), fill_value=value)"
    )
    formula = "z = x, or the median of the training rows where x is missing"
    takes = "any"

    by: str = gn.option("median", choices=("median", "mean", "mode", "constant"), help="what fills the gaps")
    value: float | str = gn.option(0.0, help="the constant")
    indicator: bool = gn.option(False, help="whether an output says where a value was missing")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        if values.dtype.kind == "O":
            return {"text": str(self.value) if self.by == "constant" else _mode(values[values != None])}  # noqa: E711
        return {"fill": np.array([self._fill(column[~np.isnan(column)]) for column in values.T])}

    def _fill(self, known: gn.Array) -> float:
        if self.by == "constant":
            return float(self.value)
        if len(known) == 0:
            return 0.0
        if self.by == "mode":
            return float(_mode(known))
        return float(np.median(known) if self.by == "median" else np.mean(known))

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        if "text" in state:
            filled = values.copy()
            filled[values == None] = state["text"]  # noqa: E711
            return filled
        missing = np.isnan(values)
        filled = np.where(missing, state["fill"], values)
        return np.hstack([filled, missing]) if self.indicator else filled

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        return values[:, : values.shape[1] // 2] if self.indicator else values

    def output_names(self, names: Sequence[str], state: dict[str, Any]) -> list[str]:
        indicators = [f"{name} is missing" for name in names] if self.indicator and "fill" in state else []
        return [*names, *indicators]


def _mode(known: gn.Array) -> Any:
    """Return the most frequent value; of several, the smallest."""
    if len(known) == 0:
        return ""
    different, counts = np.unique(known, return_counts=True)
    return different[counts.argmax()]
