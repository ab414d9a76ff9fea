"""The plugin: what is assigned to the arrays of a network is checked, and copied into them."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_array_access() -> Any:
    """Return what names arrays and assigns to them."""
    from glassnet_arrays.checked_arrays import CheckedArrays

    return CheckedArrays()
