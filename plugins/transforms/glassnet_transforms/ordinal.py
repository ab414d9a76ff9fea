"""Ordinal: the number of the category."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Ordinal(gn.Transform):
    """The place of the category among those of the training rows, from 0; -1 for other categories and missing values.

    Source: Stevens (1946), On the Theory of Scales of Measurement.
    """

    formula = "z = k if x is category k, else -1"
    takes = "text"

    order: tuple[str, ...] = gn.option((), help="the categories in order; by default alphabetically")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        found = np.unique(values[values != None].astype(object))  # noqa: E711
        return {"categories": list(self.order) or [str(category) for category in found]}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        places = {category: place for place, category in enumerate(state["categories"])}
        return np.array([[places.get(value, -1)] for value in values], np.float64).reshape(-1, 1)

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        categories = np.array([*state["categories"], None], object)
        places = np.rint(values[:, 0]).astype(np.int64)
        return categories[np.clip(places, -1, len(categories) - 2)]

    def unknown(self, values: gn.Array, state: dict[str, Any]) -> int:
        known = {None, *state["categories"]}
        return sum(value not in known for value in values)
