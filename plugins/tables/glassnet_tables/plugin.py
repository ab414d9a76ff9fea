"""The plugin: which rows it reads. Its modules are imported when there is something to read."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_prepare_rows(network: gn.Network, x: Any, y: Any, given: dict[str, Any]) -> Any:
    """Keep what made a split, and fit transforms to data frames, lists of dicts, and files with tables."""
    import numpy as np

    if isinstance(x, gn.Split):
        network.preprocessing = x.preprocessing or network.preprocessing
        return None
    if type(x) is np.ndarray and x.dtype.kind in "fiub" and given["target"] is None and not network.reads_rows(x):
        return None  # numbers, as most often: without the import of what reads rows
    from glassnet_tables.fitting import prepared_rows

    return prepared_rows(network, x, y, given)


@gn.hookimpl(optionalhook=True)
def glassnet_preprocessing(name: str, described: dict[str, Any], arrays: dict[str, Any]) -> Any:
    """Make the preprocessing of a table again."""
    if name != "table":
        return None
    from glassnet_tables.preprocessing import made_again

    return made_again(described, arrays)
