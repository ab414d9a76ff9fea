"""Standardize: mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Standardize(gn.Transform):
    """(x - mean) / standard deviation, with both of the training rows. A constant column becomes 0.

    Source: LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3.
    """

    checks = gn.Checks(counterpart="sklearn.preprocessing.StandardScaler")
    formula = "z = (x - mean) / std"

    @np.errstate(over="ignore", invalid="ignore")
    def fit(self, values: gn.Array) -> dict[str, Any]:
        mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        # A constant column is not divided by the rounding of its mean.
        constant = deviation <= 1e-12 * np.nanmax(np.abs(values), axis=0)
        return {"mean": mean, "std": np.where(constant, 1.0, deviation)}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        scaled: gn.Array = (values - state["mean"]) / state["std"]
        return scaled

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        original: gn.Array = values * state["std"] + state["mean"]
        return original
