"""Masks of several layers in one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

import glassnet as gn


def merge_masks(masks: Iterable[gn.Array | None]) -> gn.Array | None:
    """Return the mask of several outputs in one: a step is real if each mask says so; None says nothing."""
    known = list({id(mask): mask for mask in masks if mask is not None}.values())
    if len({mask.shape for mask in known}) != 1:
        return None
    return known[0] if len(known) == 1 else np.logical_and.reduce(known)
