"""One-hot: one output for each category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn

_MISSING = "(missing)"
_RARE = "(other)"


class OneHot(gn.Transform):
    """1 for the category of the row, else 0, in alphabetical order of the categories of the training rows.

    A missing value is a category of its own if the training rows have one. Of many categories the most frequent ones
    have outputs, and one more output stands for all others: for rare categories, and for those that new rows bring.
    Without such an output, a category that the training rows do not have is 0 everywhere.

    Source: Bishop (2006), Pattern Recognition and Machine Learning, section 4.1.2: 1-of-K coding.
    """

    formula = "z_k = 1 if x is category k, else 0"
    takes = "text"

    max_categories: int = gn.option(50, ge=2, help="largest number of outputs")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        known = values[values != None]  # noqa: E711
        names, counts = np.unique(known.astype(object), return_counts=True)
        categories: list[str] = [str(name) for name in names]
        has_missing = len(known) < len(values)
        room = self.max_categories - has_missing
        rare = len(categories) > room
        if rare:
            frequent = np.argsort(-counts, kind="stable")[: room - 1]
            categories = [categories[place] for place in sorted(frequent.tolist())]
        return {"categories": categories, "missing": has_missing, "rare": rare, "known": [str(name) for name in names]}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        places: dict[Any, int] = {category: place for place, category in enumerate(state["categories"])}
        outputs = len(places)
        if state["missing"]:
            places[None] = outputs
            outputs += 1
        other = outputs if state["rare"] else -1
        outputs += state["rare"]
        # With -1 for a row that is 0 everywhere; a missing value is never one of the other categories.
        places.setdefault(None, -1)
        found = np.array([places.get(value, other) for value in values], np.int64)
        one_hot: gn.Array = found[:, np.newaxis] == np.arange(outputs)
        return one_hot.astype(np.float64)

    def output_names(self, names: Sequence[str], state: dict[str, Any]) -> list[str]:
        told = [*state["categories"], *[_MISSING] * state["missing"], *[_RARE] * state["rare"]]
        return [f"{names[0]}={category}" for category in told]

    def unknown(self, values: gn.Array, state: dict[str, Any]) -> int:
        known = {None, *state["known"]}
        return sum(value not in known for value in values)
