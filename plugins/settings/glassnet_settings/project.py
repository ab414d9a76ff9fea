"""Settings of a project: the table ``[tool.glassnet]`` in the nearest ``pyproject.toml``."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glassnet.errors import FileError, OptionError
from glassnet_names.nearest import did_you_mean

SETTINGS = "glassnet.settings"
_TABLE = "[tool.glassnet]"
_MOST_BITS = 64
_MAY_HAVE_TABLE = re.compile(rb"""\btool["']?\s*(?:\.\s*["']?glassnet|=|\])""")


def read_project(groups: Mapping[str, Sequence[Any]]) -> None:
    """Set each variable ``GLASSNET_…`` that the project of the current folder gives and the environment does not.

    The first ``pyproject.toml`` with a table ``[tool.glassnet]`` counts, from the current folder upwards. It is read
    once, before anything is looked up, and programs that are started from here find the same variables.

    Parameters
    ----------
    groups
        The entry points by group. The names under ``glassnet.settings`` are the settings; one with the extra
        ``[path]`` is a path that starts from the folder of the file.

    Raises
    ------
    OptionError
        If a setting is unknown, or its value is of a wrong type.
    FileError
        If the file is not TOML.
    """
    with contextlib.suppress(FileNotFoundError):  # the current folder may have been deleted
        _set_variables(*_nearest(Path.cwd()), {point.name: point for point in groups.get(SETTINGS, ())})


def _set_variables(file: Path, table: dict[str, Any], known: Mapping[str, Any]) -> None:
    for name, value in table.items():
        if name not in known:
            listed = f"{did_you_mean(name, known)} (its settings: {', '.join(sorted(known))})"
            raise OptionError(f"{_TABLE} of {file} has no setting {name!r}{listed}")
        place = f"{name} in {_TABLE} of {file}"
        text = _text(value, place)
        if "path" in known[name].extras:
            text = str(file.parent / os.path.expanduser(text))
        os.environ.setdefault(f"GLASSNET_{name.upper()}", text)


def _nearest(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return the nearest ``pyproject.toml`` that has the table, and the table; an empty table if there is none."""
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if not file.is_file():  # a pipe of this name has no end
            continue
        try:
            text = file.read_bytes()
        except OSError:
            continue
        # Most files have no such table, and reading TOML takes some milliseconds.
        if _MAY_HAVE_TABLE.search(text):
            tools = _content(file, text).get("tool")
            table = tools.get("glassnet") if isinstance(tools, dict) else None
            if isinstance(table, dict):
                return file, table
            if table is not None:
                raise OptionError(f"{_TABLE} of {file} is not a table (got {table!r}); write settings as name = value")
    return folder, {}


def _content(file: Path, text: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise FileError(f"cannot read {_TABLE} of {file}: {reason}; correct the file") from None


def _text(value: Any, place: str) -> str:
    """Return a value as the variable holds it: true is 1, and the elements of a list have commas between."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = ",".join(value)
    elif isinstance(value, (str, int)):
        text = f"{value:#x}" if isinstance(value, int) and value.bit_length() > _MOST_BITS else str(value)
    else:
        raise OptionError(f"{place} must be a text, a whole number, true, false or a list of texts (got {value!r})")
    if "\0" in text:
        raise OptionError(f"{place} has a null character, which no variable of the environment holds (got {text!r})")
    return text
