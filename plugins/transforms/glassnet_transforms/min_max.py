"""Min-max scaling: the training rows from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class MinMax(gn.Transform):
    """Scale linearly, so that the smallest value of the training rows becomes `low`, and the largest `high`.

    Source: Han, Kamber and Pei (2011), Data Mining: Concepts and Techniques, section 3.5.2.
    """

    checks = gn.Checks(counterpart="sklearn.preprocessing.MinMaxScaler(feature_range=(low, high))")
    formula = "z = low + (x - min) / (max - min) (high - low)"

    low: float = gn.option(0.0, help="what the smallest value becomes")
    high: float = gn.option(1.0, help="what the largest value becomes")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        smallest, largest = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        return {"min": smallest, "range": np.where(largest > smallest, largest - smallest, 1.0)}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        scaled: gn.Array = self.low + (values - state["min"]) / state["range"] * (self.high - self.low)
        return scaled

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        original: gn.Array = (values - self.low) / (self.high - self.low) * state["range"] + state["min"]
        return original
