"""Clip: values beyond two bounds become the bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Clip(gn.Transform):
    """min(max(x, low), high), with bounds that are given, or two quantiles of the training rows.

    Source: Tukey (1962), The future of data analysis: winsorizing.
    """

    formula = "z = min(max(x, low), high)"

    low: float | None = gn.option(None, help="the lower bound; None takes the quantile `tail`")
    high: float | None = gn.option(None, help="the upper bound; None takes the quantile 1 - `tail`")
    tail: float = gn.option(0.01, ge=0, lt=0.5, help="share of the training rows beyond each bound that is not given")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        low, high = np.nanquantile(values, [self.tail, 1 - self.tail], axis=0)
        return {
            "low": low if self.low is None else np.full_like(low, self.low),
            "high": high if self.high is None else np.full_like(high, self.high),
        }

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        clipped: gn.Array = np.clip(values, state["low"], state["high"])
        return clipped
