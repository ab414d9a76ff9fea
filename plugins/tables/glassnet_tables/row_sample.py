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
from glassnet_tables.readers import ONE_READER, Readers

_SAMPLE_ROWS = 100_000
# Of tables with more than 100 columns, the sample has fewer rows.
_SAMPLE_CELLS = 10_000_000
_LEAST_SAMPLE_ROWS = 5_000
_MOST_RARE = 5_000
# Headers are stripped of spaces, so no column of a table has these names.
_KEYS = _ORDER, _DRAW, _PLACE = " order", " draw", " place"
_MOST_ROWS_A_PIECE = 2**32


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


def drawn_rows(read: Pieces, seed: int) -> Iterator[tuple[int, Any, Array]]:
    """Yield the pieces that this process reads: number, frame, and a random number from 0 to 1 for each row.

    The random numbers belong to the piece, so they are the same in each pass and each process.
    """
    for number, frame in enumerate(read()):
        if frame is not None:
            yield number, frame, np.random.default_rng([seed, 1, number]).random(len(frame))


def sample_of_rows(read: Pieces, target: str, seed: int, readers: Readers = ONE_READER) -> RowSample:
    """Return up to 100,000 rows, each with the same chance, and at least one row of each value of the target.

    Processes that read the table together return the same rows, in the order of the table.
    """
    pl = polars()
    kept: Any = None
    rare: list[Any] = []
    seen: set[str] = set()
    rows, most, bound = 0, _SAMPLE_ROWS, 1.0
    for number, frame, draws in drawn_rows(read, seed):
        rows += len(frame)
        most = min(_SAMPLE_ROWS, max(_LEAST_SAMPLE_ROWS, _SAMPLE_CELLS // frame.width))
        keyed = _with_keys(frame, draws, np.random.default_rng([seed, 2, number]).random(len(frame)), number)
        if target in frame.columns and len(seen) < _MOST_RARE:
            found = keyed.filter(_is_new(keyed[target], seen)).unique(target, keep="first", maintain_order=True)
            seen.update(found[target].cast(pl.String).to_list())
            rare.append(_compact(found))
        chosen = _compact(keyed.filter(pl.col(_ORDER) < bound))
        kept = chosen if kept is None else pl.concat([kept, chosen])
        if len(kept) > 2 * most:
            kept = _compact(kept.bottom_k(most, by=_ORDER))
            bound = kept[_ORDER].max()
    most, rows = min(readers.gather(most)), sum(readers.gather(rows))
    sample = _lowest_of_all(kept, most, readers)
    drawn = sample.drop(_KEYS)
    if rows > most:
        sample = _with_rare(sample, rare, target, readers)
    return RowSample(sample.drop(_KEYS), drawn, sample[_DRAW].to_numpy(), rows)


def _with_keys(frame: Any, draws: Array, order: Array, number: int) -> Any:
    pl = polars()
    place = number * _MOST_ROWS_A_PIECE + np.arange(len(frame))
    return frame.with_columns(pl.Series(_ORDER, order), pl.Series(_DRAW, draws), pl.Series(_PLACE, place))


def _lowest_of_all(kept: Any, most: int, readers: Readers) -> Any:
    """Return the rows that come first in a random order of all, in the order of the table."""
    pl = polars()
    orders = np.concatenate(readers.gather(np.empty(0) if kept is None else kept[_ORDER].to_numpy()))
    last = np.inf if len(orders) <= most else np.partition(orders, most - 1)[most - 1]
    chosen = None if kept is None else kept.filter(pl.col(_ORDER) <= last)
    return pl.concat([each for each in readers.gather(chosen) if each is not None]).sort(_PLACE)


def _with_rare(sample: Any, rare: list[Any], target: str, readers: Readers) -> Any:
    """Return a sample with the first row of each value of the target, unless there are very many values."""
    pl = polars()
    gathered = [each for each in readers.gather(pl.concat(rare) if rare else None) if each is not None]
    if not gathered:
        return sample
    first = pl.concat(gathered).sort(_PLACE).unique(target, keep="first", maintain_order=True)
    if len(first) >= _MOST_RARE:
        return sample
    return pl.concat([sample, first]).unique(_PLACE, keep="first", maintain_order=True).sort(_PLACE)


def _compact(frame: Any) -> Any:
    """Return rows with memory of their own: chosen rows share the text of the piece that they were chosen from."""
    pl = polars()
    content = io.BytesIO()
    frame.write_ipc_stream(content, compat_level=pl.CompatLevel.oldest())
    return pl.read_ipc_stream(content.getvalue())


def _is_new(values: Any, seen: set[str]) -> Any:
    pl = polars()
    return values.is_not_null() & ~values.cast(pl.String).is_in(pl.Series(list(seen), dtype=pl.String).implode())
