"""The dialect of a text file: what separates its cells, which lines are comments, and whether there is a header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

import attrs

from glassnet_tables.numerals import is_number

# In the order in which they are preferred: a comma is also what decimals are written with.
SEPARATORS = ("\t", ";", "|", ",", " ")
_LINES_LOOKED_AT = 200
_MOST_OTHERS = 0.1


@attrs.frozen
class Dialect:
    """How the cells of a text file are written.

    Attributes
    ----------
    separator
        One of `SEPARATORS`; a space stands for any number of them.
    skipped
        Number of lines in front of the table, such as a title.
    has_header
        Whether the first line of the table has the names of the columns.
    comments
        Whether lines that begin with ``#`` are comments.
    """

    separator: str
    skipped: int = 0
    has_header: bool = True
    comments: bool = False


def dialect_of(text: str, separator: str | None = None, header: bool | None = None) -> Dialect:
    """Return the dialect of a text.

    Parameters
    ----------
    text
        The text of a file.
    separator, header
        What is known of it; None to find it out.
    """
    lines = text.split("\n", _LINES_LOOKED_AT * 2)[: _LINES_LOOKED_AT * 2]
    told = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\ufeff\r "))  # the first line of what Excel exports
    if told:
        separator, lines[0] = separator or told[1], ""
    comments = _has_comments(lines)
    kept = [(place, line) for place, line in enumerate(lines) if line.strip() and not (comments and line[0] == "#")]
    kept = kept[:_LINES_LOOKED_AT]
    written = [line for _, line in kept]
    found = separator or _separator_of(written)
    cells = cells_of(written, found)
    widths = Counter(len(row) for row in cells[1:] or cells)
    usual = widths.most_common(1)[0][0] if widths else 1
    titles = 0
    while titles < len(cells) - 2 and len(cells[titles]) == 1 < usual:
        titles += 1
    skipped = kept[titles][0] if titles or told else 0
    return Dialect(found, skipped, has_names(cells[titles:]) if header is None else header, comments)


def cells_of(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the cells of some lines; a cell in quotes may hold line breaks."""
    options = {"delimiter": separator, "skipinitialspace": separator != "\t"}
    joined = [f"{line.rstrip(chr(13))}\n" for line in lines]
    if separator == " ":
        joined = [re.sub(r"[ \t]+", " ", line.strip()) + "\n" for line in joined]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(joined, **options) if row]  # type: ignore[arg-type]
    except csv.Error:
        return [line.split(separator) for line in lines]


def _separator_of(lines: Sequence[str]) -> str:
    """Return the separator by which most lines have the same number of cells, two or more."""
    best, best_share, has_title = ",", 0.0, False
    for separator in SEPARATORS:
        widths = [len(row) for row in cells_of(lines, separator)]
        if not widths:
            continue
        usual, count = Counter(widths).most_common(1)[0]
        # A header may name one column less: the numbers of the rows have no name.
        fits = usual > 1 and (widths[0] in (usual, usual - 1) or widths[0] == 1)
        share = count / len(widths)
        # Commas of decimals fit below a header without commas, as they would below a title.
        is_better = share > best_share + _MOST_OTHERS if separator != " " else best_share == 0 or has_title
        # A separator that the header has too goes before a sign in the texts below it.
        is_better = is_better or (has_title and widths[0] > 1 and share == 1 and separator != " ")
        if fits and is_better and not (separator == " " and widths[0] == 1):
            best, best_share, has_title = separator, share, widths[0] == 1
    return best


def _has_comments(lines: Sequence[str]) -> bool:
    """Return whether lines that begin with ``#`` are comments, and not a header such as ``#id,name``."""
    marked = [line for line in lines if line.startswith("#")]
    if not marked:
        return False
    first = next(line for line in lines if line.strip())
    if len(marked) > 1 or not first.startswith("#"):
        return True
    others = [line for line in lines if line.strip() and not line.startswith("#")]
    separator = _separator_of([first, *others])
    rows = cells_of([first, *others], separator)
    named = len(rows) > 1 and len(rows[0]) == len(rows[1]) > 1
    return not (named and not has_names(rows[1:]))


def has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row has the names of columns, and is not one of the samples.

    It is a sample if it has numbers, and all of them are in columns of numbers. Names that count from 0, as pandas
    writes those of an array, are names.
    """
    if len(rows) < 2:
        return True
    first, others = rows[0], rows[1:]
    if [*first] in ([str(place) for place in range(len(first))], ["", *map(str, range(len(first) - 1))]):
        return True
    numeric = [
        all(is_number(row[place]) for row in others if place < len(row) and row[place]) for place in range(len(first))
    ]
    filled = [any(place < len(row) and row[place] for row in others) for place in range(len(first))]
    numbers = [place for place, cell in enumerate(first) if is_number(cell)]
    if not numbers or (len(set(first)) == len(first) and _are_years(first, numbers)):
        return True
    return not all(is_number(first[place]) for place in range(len(first)) if numeric[place] and filled[place])


def _are_years(first: Sequence[str], numbers: Sequence[int]) -> bool:
    return len(numbers) < len(first) and all(re.fullmatch(r"(19|20)\d\d", first[place]) for place in numbers)
