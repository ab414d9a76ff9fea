"""Which image has which label: a table with the names of files, and of classes or numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import glassnet as gn
from glassnet_images.decoding import is_image_file
from glassnet_images.labelled_files import LabelledFiles, images_in
from glassnet_tables.frames import as_frame

_USUAL = ("label", "labels", "class", "classes", "target", "category", "y")
_TABLES = (".csv", ".tsv")
# Of a column with names of files, at least this part is found.
_FOUND = 0.5
_NAMED = 5


def files_of_table(path: Path, target: str | None) -> LabelledFiles:
    """Return the images that a table names, and their labels.

    The column with the names is the one whose cells are files below the folder of the table: as paths, as names, or as
    names without their ending. The other one has the labels: classes or numbers.

    Parameters
    ----------
    path
        The table; see ``glassnet train data.csv``.
    target
        The column with the labels, or None if there are two columns, or one is called label, class or target.

    Raises
    ------
    DataError
        If the table names no images, or images that are not there.
    OptionError
        If the column with the labels is not clear.
    """
    frame = as_frame(path)
    columns = {name: [str(cell) for cell in frame[name].to_list()] for name in frame.columns}
    known = _images_by_name(path.parent)
    shares = {
        name: sum(cell in known for cell in cells) / max(1, len(cells))
        for name, cells in columns.items()
        if name != target
    }
    names = max(shares, key=lambda name: shares[name], default=None)
    if names is None or shares[names] < _FOUND:
        raise gn.DataError(
            f"{path} has no column with the names of images below {path.parent} (its columns: {', '.join(columns)}); "
            "put the images into the folder of the table"
        )
    missing = [cell for cell in columns[names] if cell not in known]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise gn.DataError(
            f"{path} names images that are not below {path.parent}: {', '.join(missing[:_NAMED])}{more}; add them, or "
            "remove their rows"
        )
    column = _target(path, target, [name for name in columns if name != names])
    rows = sorted(zip((known[cell] for cell in columns[names]), columns[column], strict=True))
    return LabelledFiles(tuple(place for place, _ in rows), tuple(label for _, label in rows), column)


def table_in(folder: Path) -> Path | None:
    """Return the only table of a folder whose images are not in folders of classes; None if there is none."""
    tables = [each for each in folder.iterdir() if each.suffix.lower() in _TABLES and not each.name.startswith(".")]
    nested = [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")]
    return tables[0] if len(tables) == 1 and (images_in(folder) or len(nested) < 2) else None


def _target(path: Path, target: str | None, others: list[str]) -> str:
    if target is not None:
        if target not in others:
            raise gn.DataError(
                f"{path} has no column {target!r}{gn.did_you_mean(target, others)} (its columns: {', '.join(others)})"
            )
        return target
    usual = [name for name in others if name.lower() in _USUAL]
    chosen = others if len(others) == 1 else usual
    if len(chosen) != 1:
        raise gn.OptionError(
            f"{path} does not say which column has the labels; name it with --target NAME, or write "
            f"images({str(path)!r}, target=NAME) (its columns: {', '.join(others)})"
        )
    return chosen[0]


def _images_by_name(folder: Path) -> Mapping[str, Path]:
    """Return every image below a folder by its path, by its name, and by its name without its ending."""
    known: dict[str, Path] = {}
    for place, _, files in os.walk(folder):
        for file in sorted(filter(is_image_file, files)):
            found = Path(place, file)
            for name in (found.relative_to(folder).as_posix(), file, found.stem):
                known.setdefault(name, found)
    return known
