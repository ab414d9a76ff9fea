"""Networks, data and arrays as tables in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_arrays.named_arrays import NamedArrays
from glassnet_reports.summary import shape_text, summary_rows

# Reading all of a large file would take too long for a look at it.
_MOST_VALUES = 20_000_000
# Of a long history, the last epochs are shown.
_MOST_EPOCHS = 50


def as_html(thing: Any) -> str | None:
    """Return a table, or None for what has none."""
    if isinstance(thing, gn.Network):
        return _of_network(thing)
    if isinstance(thing, gn.Dataset):
        return _of_dataset(thing)
    if isinstance(thing, gn.Split):
        return html_table(_SPLIT, _rows_of_split(thing), caption=f"{len(thing):,} samples")
    if isinstance(thing, gn.History):
        return _of_history(thing)
    return _of_arrays(thing) if isinstance(thing, NamedArrays) else None


def html_table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "") -> str:
    """Return a table; numbers stand to the right."""

    def cell(value: Any, tag: str = "td") -> str:
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        text = f"{value:,.4g}" if isinstance(value, (float, np.floating)) else str(value)
        return f'<{tag} style="text-align: {"right" if is_number else "left"}">{escape(text)}</{tag}>'

    lines = ["<tr>" + "".join(cell(each, "th") for each in head) + "</tr>"]
    lines += ["<tr>" + "".join(map(cell, row)) + "</tr>" for row in rows]
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}{''.join(lines)}</table>"


def _of_network(network: gn.Network) -> str:
    if not network.is_built:
        rows: Iterable[Sequence[Any]] = ((index, repr(layer)) for index, layer in enumerate(network.layers))
        return html_table(("", "layer"), rows, caption="not built yet: it has no shapes and no parameters")
    rows = [("", "input", shape_text(network.input_shape), "", ""), *summary_rows(network)]
    caption = f"{network.layout.size:,} parameters as {network.dtype}"
    return html_table(("", "layer", "output", "parameters", "initializers"), rows, caption=caption)


def _of_dataset(data: gn.Dataset) -> str:
    splits = {"train": data.train, "validation": data.validation, "test": data.test}
    rows = [
        (name, len(split), *row) for name, split in splits.items() if split is not None for row in _rows_of_split(split)
    ]
    classes = f"{len(data.classes)} classes: {', '.join(data.classes)}" if data.classes else ""
    return html_table(("split", "samples", *_SPLIT), rows, caption=f"{data.task}. {classes}")


_SPLIT = ("array", "one sample", "type", "least", "mean", "largest")


def _rows_of_split(split: gn.Split) -> list[Sequence[Any]]:
    arrays = {"x": split.x, "y": split.y} | ({} if split.weights is None else {"weights": split.weights})
    return [(name, shape_text(array.shape[1:]), array.dtype, *_range(array)) for name, array in arrays.items()]


def _range(array: Any) -> tuple[Any, Any, Any]:
    """Return the least value, the mean and the largest one; nothing for a large array or one in a file."""
    if not isinstance(array, np.ndarray) or isinstance(array, np.memmap) or not 0 < array.size <= _MOST_VALUES:
        return "", "", ""
    return array.min(), float(array.mean()), array.max()


def _of_history(history: gn.History) -> str:
    epochs = list(enumerate(history.epochs, 1))
    rows = [(number, *(epoch.get(name, "") for name in history)) for number, epoch in epochs[-_MOST_EPOCHS:]]
    left_out = f"the last {_MOST_EPOCHS} of {len(epochs):,} epochs" if len(epochs) > _MOST_EPOCHS else ""
    return html_table(("epoch", *history), rows, caption=left_out)


def _of_arrays(arrays: Mapping[str, Any]) -> str:
    return html_table(("name", "shape", "type", "least", "mean", "largest"), _rows_of_arrays(arrays))


def _rows_of_arrays(arrays: Mapping[str, Any], prefix: str = "") -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for name, array in arrays.items():
        if isinstance(array, Mapping):
            rows += _rows_of_arrays(array, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, shape_text(array.shape), array.dtype, *_range(np.asarray(array))))
    return rows
