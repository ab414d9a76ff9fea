"""Data of which each rank reads its own part."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_distributed.mpi_communicator import communicator
from glassnet_tables.table_source import load_data


def load(source: Any, *, validation: float | None = None) -> gn.Dataset:
    """Return what ``source.load()`` returns; of a table that is read in pieces, each rank reads and keeps its part.

    All ranks call it with the same source. The transforms are the same on all of them. `fit`, `evaluate` and
    `predict` of the ranks take the parts of the dataset as one.

    Parameters
    ----------
    source
        A dataset, or its name or spec.
    validation
        The share of a table's rows to validate with, which its transforms do not know.
    """
    source = gn.create("dataset", source) if isinstance(source, str) else source
    return load_data(source, validation, communicator())
