"""Frequency: how common a category is."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Frequency(gn.Transform):
    """The share of the training rows that have the category; 0 for a new category, and for a missing value.

    Source: Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes.
    """

    formula = "z = (training rows with x) / (training rows)"
    takes = "text"

    def fit(self, values: gn.Array) -> dict[str, Any]:
        names, counts = np.unique(values[values != None].astype(object), return_counts=True)  # noqa: E711
        return {"categories": [str(name) for name in names], "share": counts / len(values)}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        shares = dict(zip(state["categories"], state["share"].tolist(), strict=True))
        return np.array([[shares.get(value, 0.0)] for value in values], np.float64).reshape(-1, 1)

    def unknown(self, values: gn.Array, state: dict[str, Any]) -> int:
        known = {None, *state["categories"]}
        return sum(value not in known for value in values)
