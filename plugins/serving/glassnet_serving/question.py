"""What a request asks: the samples in its body, and how the outputs for them are answered."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

import glassnet as gn
from glassnet_commands.classification import class_names
from glassnet_commands.predictions import answers_of, as_plain
from glassnet_commands.sample_files import read_samples
from glassnet_commands.saved_run import Saved
from glassnet_commands.table_predictions import answers_for_frame, as_plain as rows_as_plain
from glassnet_serving.json_rows import array_of, frame_of, rows_in
from glassnet_serving.limits import Limits, RefusedError
from glassnet_serving.number_table import array_in
from glassnet_tables.frames import as_frame
from glassnet_tables.preprocessing import TablePreprocessing

# Names of what is sent, in messages; the body has no name of its own.
_NO_FILE = Path("request")
TABLES = ("text/csv",)
ARRAYS = ("application/x-npy",)


@attrs.frozen(eq=False)
class Question:
    """Samples, and what makes an answer of the outputs for them.

    Attributes
    ----------
    samples
        ``(rows, *input_shape)``.
    answer
        Returns the answer, as JSON holds it, for the outputs ``(rows, *output_shape)``.
    """

    samples: gn.Array
    answer: Callable[[gn.Array], dict[str, Any]]


def question_in(media_type: str, body: bytes, saved: Saved, limits: Limits) -> Question:
    """Return what the body of a request asks.

    Parameters
    ----------
    media_type
        What the body is: JSON, CSV, an image or an array of NumPy.
    body, saved, limits
        The body, the network, and what is allowed.

    Raises
    ------
    RefusedError
        If the body cannot be read, has too many rows, or is of a type that is not read.
    GlassnetError
        If it does not hold what the network takes.
    """
    table = saved.network.preprocessing
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", gn.GlassnetWarning)
        if isinstance(table, TablePreprocessing):
            frame = _frame(media_type, body, table)
            _check_rows(len(frame), limits)
            samples, notes = table.read(frame)
            return Question(samples, lambda outputs: _row_answers(table, frame, outputs, notes))
        samples = _samples(media_type, body, saved)
        _check_rows(len(samples), limits)
    remarks = [str(each.message) for each in told if issubclass(each.category, gn.GlassnetWarning)]
    return Question(samples, lambda outputs: _sample_answers(saved, outputs, remarks))


def _frame(media_type: str, body: bytes, table: TablePreprocessing) -> Any:
    if media_type == "application/json":
        return frame_of(rows_in(body), table)
    if media_type in TABLES:
        return _from_file(body, "table.csv", as_frame)
    columns = ", ".join(each.name for each in table.features)
    raise _unread(media_type, f"send rows with the columns {columns}: JSON (application/json) or CSV (text/csv)")


def _samples(media_type: str, body: bytes, saved: Saved) -> gn.Array:
    network = saved.network
    if media_type == "application/json":
        return array_of(rows_in(body), network)
    if media_type in TABLES:
        return array_in(body, network)
    if media_type.startswith("image/") or media_type in ARRAYS:
        name = "array.npy" if media_type in ARRAYS else "image"
        inputs = saved.summary.get("inputs") or {}
        found: gn.Array = _from_file(body, name, lambda path: read_samples(path, network, inputs))
        return found
    raise _unread(media_type, "send application/json, text/csv, image/png, image/jpeg or application/x-npy")


def _from_file(body: bytes, name: str, read: Callable[[Path], Any]) -> Any:
    """Return what a reader of files finds in a body. No name from outside is used, and messages have no path."""
    with tempfile.TemporaryDirectory(prefix="glassnet-") as folder:
        path = Path(folder, name)
        path.write_bytes(body)
        shown = f"the {path.stem}"
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                found = read(path)
        except gn.GlassnetError as error:
            raise type(error)(str(error).replace(str(path), shown)) from None
    for each in told:
        warnings.warn(str(each.message).replace(str(path), shown), each.category, stacklevel=2)
    return found


def _check_rows(count: int, limits: Limits) -> None:
    if count > limits.max_rows:
        raise RefusedError(413, f"the request has {count:,} rows; send at most {limits.max_rows:,} at once")


def _unread(media_type: str, advice: str) -> RefusedError:
    got = f"the content type {media_type}" if media_type else "no content type"
    return RefusedError(415, f"the request has {got}; {advice}")


def _row_answers(table: TablePreprocessing, frame: Any, outputs: gn.Array, notes: list[str]) -> dict[str, Any]:
    return rows_as_plain([answers_for_frame(table, frame, outputs, _NO_FILE, notes)], table.classes)


def _sample_answers(saved: Saved, outputs: gn.Array, notes: list[str]) -> dict[str, Any]:
    classes = class_names(saved.classes, max(2, saved.network.output_shape[-1]))
    plain = [as_plain(answer, classes) for answer in answers_of(saved, outputs, _NO_FILE)]
    return {"predictions": [{**each, "file": None} for each in plain], "notes": notes}
