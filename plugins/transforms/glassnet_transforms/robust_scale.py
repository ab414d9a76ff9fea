"""Robust scaling: median 0 and interquartile range 1, so that a few outliers change little."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class RobustScale(gn.Transform):
    """(x - median) / (q75 - q25), with all three of the training rows.

    Source: Tukey (1977), Exploratory Data Analysis, chapter 2.
    """

    checks = gn.Checks(counterpart="sklearn.preprocessing.RobustScaler")
    formula = "z = (x - median) / (q75 - q25)"

    def fit(self, values: gn.Array) -> dict[str, Any]:
        lower, median, upper = np.nanpercentile(values, [25, 50, 75], axis=0)
        return {"median": median, "range": np.where(upper > lower, upper - lower, 1.0)}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        scaled: gn.Array = (values - state["median"]) / state["range"]
        return scaled

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        original: gn.Array = values * state["range"] + state["median"]
        return original
