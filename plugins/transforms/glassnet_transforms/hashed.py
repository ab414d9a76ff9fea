"""Hashed categories: a fixed number of outputs for any number of categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

import glassnet as gn


class Hashed(gn.Transform):
    """1 in the output that the CRC-32 of the category gives, else 0. A missing value is 0 everywhere.

    Nothing is learnt, so a category that the training rows do not have gets an output as well.

    Source: Weinberger et al. (2009), Feature Hashing for Large Scale Multitask Learning.
    """

    formula = "z_k = 1 if crc32(x) mod size = k, else 0"
    takes = "text"

    size: int = gn.option(32, ge=2, help="number of outputs")

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        places = [-1 if value is None else crc32(str(value).encode()) % self.size for value in values]
        one_hot: gn.Array = np.array(places, np.int64)[:, np.newaxis] == np.arange(self.size)
        return one_hot.astype(np.float64)

    def output_names(self, names: Sequence[str], state: dict[str, Any]) -> list[str]:
        return [f"{names[0]} #{place}" for place in range(self.size)]
