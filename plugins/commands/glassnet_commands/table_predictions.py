"""What a network that was trained on a table answers for new rows, and how it is shown and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.echoed import echo
from glassnet_commands.saved_run import Saved
from glassnet_distributed.measuring import predict
from glassnet_persistence.run_files import EXPERIMENT
from glassnet_tables.databases import DATABASES
from glassnet_tables.notes import added_up
from glassnet_tables.pieces import frames_of_file
from glassnet_tables.preprocessing import TablePreprocessing
from glassnet_tables.readers import ONE_READER, Readers
from glassnet_tables.table_file import is_table_file
from glassnet_tables.table_source import Table


@attrs.frozen(eq=False)
class TableAnswers:
    """The answers for the rows of a file, or for those of a piece of it.

    Attributes
    ----------
    file
        The file.
    ids
        The columns that name the rows, by their name; without such columns, the number of the row.
    predictions
        One a row: the name of a class, or a number in the units of the target.
    probabilities
        ``(rows, classes)``; None for a regression.
    notes
        What is unusual in the rows.
    """

    file: Path
    ids: dict[str, list[Any]]
    predictions: list[Any]
    probabilities: gn.Array | None
    notes: list[str]


def is_table_for(network: gn.Network, file: Path) -> bool:
    """Return whether a file has rows for a network that was trained on a table.

    Raises
    ------
    DataError
        If the network was trained on a table, and the file has an array or an image.
    """
    made = network.preprocessing
    if not isinstance(made, TablePreprocessing):
        return False
    if not is_table_file(file):
        columns = ", ".join(each.name for each in made.features)
        raise gn.DataError(
            f"{file} has no names of columns, and the network was trained on the columns {columns}; "
            "give a table with them, such as a CSV file"
        )
    return True


def table_of(network: gn.Network) -> TablePreprocessing:
    """Return the columns of a network that was trained on a table."""
    assert isinstance(network.preprocessing, TablePreprocessing)
    return network.preprocessing


def answers_for_table(saved: Saved, file: Path, query: str | None, header: str | None) -> Iterator[TableAnswers]:
    """Yield what a network answers for the rows of a file, in their order; a large file is read in pieces.

    Parameters
    ----------
    saved, file
        The network, and the table.
    query, header
        As the options of the command line; None for how the table of the training is written.
    """
    made = table_of(saved.network)
    written = how_written(saved, file, query, header)
    has_names = None if written["header"] == "auto" else written["header"] == "yes"
    before = 0
    for frame in frames_of_file(file, header=has_names, query=written["query"]):
        samples, notes = made.read(frame)
        yield answers_for_frame(made, frame, predict(saved.network, samples), file, notes, before)
        before += len(frame)


def answers_for_frame(
    made: TablePreprocessing, frame: Any, outputs: gn.Array, file: Path, notes: list[str], before: int = 0
) -> TableAnswers:
    """Return what the outputs of a network say about each row of a frame of polars, with a number of rows before it."""
    answers = made.answers(outputs)
    named = [name for name, reason in made.left_out.items() if reason == "id" and name in frame.columns]
    ids = {name: frame[name].to_list() for name in named} or {"row": list(range(before + 1, before + len(frame) + 1))}
    if not made.classes:
        return TableAnswers(file, ids, answers.tolist(), None, notes)
    names = [made.classes[label] for label in answers.argmax(axis=1)]
    return TableAnswers(file, ids, names, answers, notes)


def rows_of(
    network: gn.Network, source: gn.DataSource, all_rows: bool, readers: Readers = ONE_READER
) -> gn.Split | None:
    """Return rows of a table with the transforms of the training; None if network or source are of another kind.

    Parameters
    ----------
    network, source
        The network, and where the rows are.
    all_rows
        Whether all rows count, or only those that the source keeps to test with.
    readers
        The processes that read a large table together; each has the rows that it reads.
    """
    if not isinstance(network.preprocessing, TablePreprocessing) or not isinstance(source, Table):
        return None
    split, notes = source.rows_for(network.preprocessing, all_rows, readers)
    print_notes(notes)
    return split


def how_written(saved: Saved, file: Path, query: str | None, header: str | None) -> dict[str, str]:
    """Return how a file is written, as options of a table: as it is said, or else as the table of the training."""
    trained_on = saved.dataset if (saved.path / EXPERIMENT).is_file() else None
    if isinstance(trained_on, Table):
        is_database = file.suffix.lower() in DATABASES
        query = trained_on.query if query is None and is_database else query
        header = trained_on.header if header is None and not is_database else header
    return {"query": query or "", "header": header or "auto"}


def print_notes(notes: Sequence[str], file: object = "") -> list[str]:
    """Print notes on the rows of a file to standard error, and return them, each once."""
    told = added_up(notes)
    for note in told:
        echo(f"note: {f'{file}: ' if file else ''}{note}", err=True)
    return told


def as_plain(answers: Sequence[TableAnswers], classes: Sequence[str]) -> dict[str, Any]:
    """Return answers as JSON holds them."""
    plain: dict[str, Any] = {"predictions": [each for part in answers for each in part.predictions]}
    if classes:
        rows = [row for part in answers if part.probabilities is not None for row in part.probabilities.tolist()]
        plain["probabilities"] = [dict(zip(classes, row, strict=True)) for row in rows]
    return {**plain, "notes": [note for part in answers for note in part.notes]}


def print_table_answers(answers: TableAnswers, unit: str) -> None:
    """Print the answer for each row: its ids, the class with its probability, or the number in its unit."""
    for place, prediction in enumerate(answers.predictions):
        row = "  ".join(str(values[place]) for values in answers.ids.values())
        label = f"row {row}" if [*answers.ids] == ["row"] else row
        if answers.probabilities is None:
            echo(f"{label}: {_amount(prediction)}{f' {unit}' if unit else ''}")
        else:
            echo(f"{label}: {prediction}  {np.max(answers.probabilities[place]):.1%}")


def _amount(number: float) -> str:
    return f"{number:,.2f}" if 100 <= abs(number) < 1e12 else f"{number:.5g}"
