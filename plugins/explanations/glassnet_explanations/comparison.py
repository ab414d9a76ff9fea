"""A learner's own numbers beside ours: which of them differ."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator

import attrs
import numpy as np

from glassnet.errors import FileError, OptionError
from glassnet.types import Array
from glassnet_explanations.element_names import parse_element
from glassnet_explanations.step_numbers import StepNumbers
from glassnet_files.files import read_whole

_WITHOUT_INDEX = ("loss", "penalty")
_HOW = "write a name and a number a line: 1.weights[0, 1],0.25"


@attrs.frozen
class Compared:
    """One number.

    Attributes
    ----------
    name
        What it is of, such as ``"d1.weights[0, 1]"``.
    mine, ours
        The number in the file, and the one that was computed.
    agrees
        Whether `ours`, rounded to the digits that were written, is `mine`. A whole number has to be exact.
    """

    name: str
    mine: float
    ours: float
    agrees: bool


def known_numbers(e: StepNumbers) -> dict[str, Array]:
    """Return all arrays of a step by the names that a file may use.

    ``"0.x"`` and ``"0.y"`` are the input and the output of layer 0, ``"0.weights"`` a parameter, and a ``d`` before a
    name is the derivative of the loss. ``"0.weights change"``, ``"0.weights after"`` and ``"0.weights momentum"`` are
    of the update.
    """
    found: dict[str, Array] = {"loss": np.array(e.loss), "penalty": np.array(e.penalty)}
    for layer in e.layers:
        for before, arrays in (("", layer.values), ("d", layer.gradients)):
            for name, array in arrays.items():
                symbol = {"input": "x", "output": "y"}.get(name, name)
                found[f"{before}{layer.name}.{symbol}"] = array
    for name, terms in e.updates.items():
        found |= {f"{name} {kept}": array for kept, array in e.memory[name].items()}
        found |= {f"{name} {'change' if term == 'total' else term}": array for term, array in terms.items()}
        found[f"{name} after"] = e.parameters[name] + terms["total"]
    return found


@attrs.frozen
class Numbers:
    """What a file says.

    Attributes
    ----------
    path
        The file.
    given
        What its lines that begin with ``set`` give, by name: values as text, and the line.
    rows
        Line, name and number of all others.
    """

    path: str
    given: dict[str, tuple[str, int]]
    rows: list[tuple[int, str, str]]


def read_numbers(path: str | os.PathLike[str]) -> Numbers:
    """Read a CSV file: a name and a number a line; ``set NAME,VALUE`` gives what the step starts from.

    Raises
    ------
    FileError
        If the file cannot be read, or a line is not a name and a number.
    """
    given: dict[str, tuple[str, int]] = {}
    rows = []
    for line, name, value in _lines(path):
        word, _, rest = name.partition(" ")
        if word == "set" and rest.strip():
            given[rest.strip()] = (value, line)
        elif _is_number(value) and name:
            rows.append((line, name, value))
        elif line > 1 or not _is_header(name):
            raise FileError(f"{os.fspath(path)}, line {line}: got {name!r} and {value!r}; {_HOW}")
    return Numbers(os.fspath(path), given, rows)


def compare(e: StepNumbers, numbers: Numbers) -> list[Compared]:
    """Return each number of a file beside the one of a step.

    Raises
    ------
    OptionError
        If a name is not that of a number of the step.
    FileError
        If the file has no numbers to compare.
    """
    if not numbers.rows:
        raise FileError(f"{numbers.path} has no numbers to compare; {_HOW}")
    known = known_numbers(e)
    found = []
    for line, name, text in numbers.rows:
        try:
            array, index = _element(name, known)
        except OptionError as error:
            raise OptionError(f"{numbers.path}, line {line}: {error}") from None
        mine, ours = float(text), float(np.real(known[array].flat[index]))
        found.append(Compared(name, mine, ours, _agrees(text, mine, ours)))
    return found


def _element(name: str, known: dict[str, Array]) -> tuple[str, int]:
    """Return array and index of a name; a word behind the index, as in ``w[0] change``, belongs to the array."""
    before, bracket, rest = name.partition("[")
    index, _, word = rest.partition("]")
    array = f"{before.strip()} {word.strip()}".strip()
    return parse_element(f"{array}[{index}]" if bracket else array, known)


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the number, the name and the value of each line; the last comma divides the two."""
    try:
        text = read_whole(path).decode("utf-8-sig")
    except OSError as error:
        raise FileError(f"cannot read {os.fspath(path)}: {error.strerror}; {_HOW}") from None
    except UnicodeDecodeError:
        raise FileError(f"{os.fspath(path)} is not text in UTF-8; {_HOW}") from None
    for number, cells in enumerate(csv.reader(io.StringIO(text), skipinitialspace=True), 1):
        if cells and not cells[0].lstrip().startswith("#"):
            yield number, ",".join(cells[:-1]).strip(), cells[-1].strip()


def _is_header(name: str) -> bool:
    """Tell whether the name in a first line without a number is a word, such as "name", and not that of a number."""
    return name.replace(" ", "").isalpha() and name not in _WITHOUT_INDEX


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _agrees(text: str, mine: float, ours: float) -> bool:
    """Tell whether a number is ours, rounded to the digits behind the point that are written."""
    if not math.isfinite(mine):
        return mine == ours or (math.isnan(mine) and math.isnan(ours))
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if decimals == 0:
        return math.isclose(mine, ours, rel_tol=1e-6, abs_tol=1e-9)
    unit: float = 10.0 ** (int(exponent or 0) - decimals)
    return abs(mine - ours) <= unit / 2 * (1 + 1e-9)
