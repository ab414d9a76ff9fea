"""A sample of the rows of a large table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from glassnet.types import Array
from glassnet_tables.pieces import Pieces
from glassnet_tables.polars_import import polars

_SAMPLE_ROWS = 100_000
# Of tables with more than 100 columns, the sample has fewer rows.
_SAMPLE_CELLS = 10_000_000
_LEAST_SAMPLE_ROWS = 5_000
_MOST_RARE = 5_000
# Headers are stripped of spaces, so no column of a table has these names.
_ORDER, _DRAW = " order", " draw"


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
    rows, most, bound = 0, _SAMPLE_ROWS, 1.0
    for frame, draws in drawn_rows(read, seed):
        rows += len(frame)
        most = min(_SAMPLE_ROWS, max(_LEAST_SAMPLE_ROWS, _SAMPLE_CELLS // frame.width))
        keyed = frame.with_columns(pl.Series(_ORDER, order.random(len(frame))), pl.Series(_DRAW, draws))
        if target in frame.columns and len(seen) < _MOST_RARE:
            found = keyed.filter(_is_new(keyed[target], seen)).unique(target, keep="first", maintain_order=True)
            seen.update(found[target].cast(pl.String).to_list())
            rare.append(_compact(found))
        chosen = _compact(keyed.filter(pl.col(_ORDER) < bound))
        kept = chosen if kept is None else pl.concat([kept, chosen])
        if len(kept) > 2 * most:
            kept = _compact(kept.bottom_k(most, by=_ORDER))
            bound = kept[_ORDER].max()
    sample = kept.bottom_k(most, by=_ORDER) if len(kept) > most else kept
    drawn = sample.drop(_ORDER, _DRAW)
    if rows > most and len(seen) < _MOST_RARE:
        sample = pl.concat([sample, *rare]).unique(_ORDER, maintain_order=True)
    return RowSample(sample.drop(_ORDER, _DRAW), drawn, sample[_DRAW].to_numpy(), rows)


def _compact(frame: Any) -> Any:
    """Return rows with memory of their own: chosen rows share the text of the piece that they were chosen from."""
    pl = polars()
    content = io.BytesIO()
    frame.write_ipc_stream(content, compat_level=pl.CompatLevel.oldest())
    return pl.read_ipc_stream(content.getvalue())


def _is_new(values: Any, seen: set[str]) -> Any:
    pl = polars()
    return values.is_not_null() & ~values.cast(pl.String).is_in(pl.Series(list(seen), dtype=pl.String).implode())
