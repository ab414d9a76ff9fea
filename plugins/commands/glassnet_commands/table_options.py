"""The options of ``glassnet train`` that say how a table is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from glassnet_commands.completed import columns, specs

_TASKS = click.Choice(["classification", "regression"])
_COLUMN = {"metavar": "NAME", "shell_complete": columns("what")}
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--target", {**_COLUMN, "help": "Column of a table to predict, or its number."}),
    ("--task", {"metavar": "TASK", "type": _TASKS, "help": "classification or regression."}),
    ("--ignore", {**_COLUMN, "multiple": True, "help": "Column to leave out; may be given several times."}),
    ("--categorical", {**_COLUMN, "multiple": True, "help": "Column of numbers that are names."}),
    ("--transforms", {"metavar": "TEXT", "multiple": True, "help": 'Transforms: "age: impute log standardize".',
                      "shell_complete": specs("transform")}),
    ("--missing", {"metavar": "VALUE", "multiple": True, "help": "What stands for a missing value, such as -999."}),
    ("--group", {**_COLUMN, "help": "Column whose groups of rows stay together in training or test."}),
    ("--time", {**_COLUMN, "help": "Column of dates or numbers by which the latest rows are the test."}),
    ("--query", {"metavar": "SQL", "help": "What to read of a database."}),
    ("--header", {"type": click.Choice(["yes", "no"]), "help": "Whether the first line of a table has names."}),
)  # fmt: skip
NAMES = tuple(flag.removeprefix("--") for flag, _ in _OPTIONS)


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of tables."""
    for flag, described in reversed(_OPTIONS):
        command = click.option(flag, **described)(command)
    return command


def taken_from(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of tables from those of a command, and return the ones that were given."""
    taken = {name: options.pop(name) for name in NAMES}
    return {name: value for name, value in taken.items() if value not in (None, ())}
