"""Quantiles: each value becomes the share of the training rows that are smaller."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn


class Quantile(gn.Transform):
    """The empirical distribution function of the training rows, linear between its quantiles: uniform on 0 to 1.

    Values that occur often take the middle of their shares. Values beyond the training rows become 0 and 1.

    Source: Bolstad et al. (2003), A comparison of normalization methods for high density oligonucleotide array data.
    """

    formula = "z = F(x), the empirical distribution function"

    quantiles: int = gn.option(1000, ge=2, help="number of quantiles, at most one a row")

    def fit(self, values: gn.Array) -> dict[str, Any]:
        count = min(self.quantiles, len(values))
        found: gn.Array = np.nanquantile(values, np.linspace(0, 1, count), axis=0)
        return {"quantiles": np.maximum.accumulate(found)}

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        quantiles = state["quantiles"]
        shares = np.linspace(0, 1, len(quantiles))
        columns = []
        for column, found in zip(values.T, quantiles.T, strict=True):
            # From both sides, since equal quantiles have a lowest and a highest share.
            upper = np.interp(column, found, shares)
            lower = -np.interp(-column, -found[::-1], -shares[::-1])
            share = (upper + lower) / 2
            share[column == found[0]] = 0.0
            share[column == found[-1]] = 1.0
            columns.append(share)
        return np.stack(columns, axis=1)

    def inverse(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        quantiles = state["quantiles"]
        shares = np.linspace(0, 1, len(quantiles))
        columns = [np.interp(column, shares, found) for column, found in zip(values.T, quantiles.T, strict=True)]
        return np.stack(columns, axis=1)
