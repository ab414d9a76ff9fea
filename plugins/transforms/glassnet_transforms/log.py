"""Logarithm: for amounts that span several powers of ten."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Log(gn.Transform):
    """sign(x) log(1 + |x|), which is defined for every number and keeps 0.

    Source: John and Draper (1980), An alternative family of transformations, with lambda = 0.
    """

    formula = "z = sign(x) log(1 + |x|)"

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        scaled: gn.Array = np.sign(values) * np.log1p(np.abs(values))
        return scaled

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        original: gn.Array = np.sign(values) * np.expm1(np.abs(values))
        return original
