"""A sample of the rows of a large table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_tables.polars_import import polars

_SAMPLE_ROWS = 100_000
_MOST_RARE = 5_000
# Headers are stripped of spaces, so no column of a table has these names.
_ORDER, _DRAW = " order", " draw"

Pieces = Callable[[], Iterator[Any]]
"""Reads a table from its beginning, in frames of polars, of which there is at least one."""


@attrs.frozen(eq=False)
class RowSample:
    """Some rows of a table, drawn from all.

    Attributes
    ----------
    frame
        The rows, as a frame of polars.
    drawn
        Those of them that were drawn with the same chance each; the others are the first with a value of the target.
    draws
        The random number of each of these rows, as `drawn_rows` gives it.
    rows
        The number of rows of the whole table.
    """

    frame: Any
    drawn: Any
    draws: Array
    rows: int


def drawn_rows(read: Pieces, seed: int) -> Iterator[tuple[Any, Array]]:
    """Yield the pieces of a table, with a random number from 0 to 1 for each row, the same in each pass."""
    rng = np.random.default_rng([seed, 1])
    for frame in read():
        yield frame, rng.random(len(frame))


def sample_of_rows(read: Pieces, target: str, seed: int) -> RowSample:
    """Return up to 100,000 rows, each with the same chance, and at least one row of each value of the target."""
    pl = polars()
    order = np.random.default_rng([seed, 2])
    kept: Any = None
    rare: list[Any] = []
    seen: set[str] = set()
    rows = 0
    for frame, draws in drawn_rows(read, seed):
        rows += len(frame)
        keyed = frame.with_columns(pl.Series(_ORDER, order.random(len(frame))), pl.Series(_DRAW, draws))
        if target in frame.columns and len(seen) < _MOST_RARE:
            found = keyed.filter(_is_new(keyed[target], seen)).unique(target, keep="first", maintain_order=True)
            seen.update(found[target].cast(pl.String).to_list())
            rare.append(found)
        kept = keyed if kept is None else pl.concat([kept, keyed])
        kept = kept.bottom_k(_SAMPLE_ROWS, by=_ORDER) if len(kept) > 2 * _SAMPLE_ROWS else kept
    sample = kept.bottom_k(_SAMPLE_ROWS, by=_ORDER) if len(kept) > _SAMPLE_ROWS else kept
    drawn = sample.drop(_ORDER, _DRAW)
    if rows > _SAMPLE_ROWS and len(seen) < _MOST_RARE:
        sample = pl.concat([sample, *rare]).unique(_ORDER, maintain_order=True)
    return RowSample(sample.drop(_ORDER, _DRAW), drawn, sample[_DRAW].to_numpy(), rows)


def _is_new(values: Any, seen: set[str]) -> Any:
    pl = polars()
    return values.is_not_null() & ~values.cast(pl.String).is_in(pl.Series(list(seen), dtype=pl.String).implode())
