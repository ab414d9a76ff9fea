"""The library that reads tables, imported at its first use."""

from __future__ import annotations

import importlib
from typing import Any

from glassnet.errors import OptionError


def imported(module: str, what: str) -> Any:
    """Import a library, or raise `OptionError` with the extra that brings it.

    Parameters
    ----------
    module
        The name to import.
    what
        What it is needed for, in the words of the message.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise OptionError(f'{what} needs {module}, which is not installed; pip install "glassnet[data]"') from None


def polars() -> Any:
    """Return the module `polars`."""
    return imported("polars", "reading a table")


def nulled(column: Any, where: Any) -> Any:
    """Return a series that is null where another one is true."""
    pl = polars()
    return pl.DataFrame({"column": column, "where": where}).select(
        pl.when(pl.col("where").fill_null(False)).then(None).otherwise(pl.col("column")).alias(column.name)
    )[column.name]
