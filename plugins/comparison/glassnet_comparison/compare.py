"""``gn.compare(run, run, …)``: how runs differ, and where they part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

import glassnet as gn
from glassnet.components.services import explained
from glassnet_comparison.differences import Differences, Pair
from glassnet_comparison.first_record import different, first_epoch, first_sample
from glassnet_comparison.paged_result import PagedResult
from glassnet_comparison.parting import first_parting
from glassnet_comparison.recorded_run import RecordedRun, opened
from glassnet_comparison.repetition import repetition
from glassnet_comparison.text import lines
from glassnet_persistence.run_files import HISTORY, MODEL

if TYPE_CHECKING:
    from glassnet_explanations.page.blocks import Page


# The length of a run changes no step of its own, unless something depends on it.
_LENGTH = "epochs"


@attrs.frozen(eq=False, repr=False)
class Comparison(Differences, PagedResult):
    """How runs differ, with the attributes of `Differences`."""

    plural: ClassVar[str] = "comparisons"

    def page(self) -> Page:
        from glassnet_comparison.page import page_of

        return page_of(self)

    def __str__(self) -> str:
        return "\n".join(lines(self))

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.names)}>"


@explained
def compare(
    run: str | os.PathLike[str],
    *others: str | os.PathLike[str],
    repeat: bool = True,
    x: Any = None,
    y: Any = None,
    validation: Any = None,
) -> Comparison:
    """Return how runs differ: settings, data, versions, results and curves; and where they part.

    Runs with the same settings and data should be equal. If they are not, both are trained again, to find the first
    step and layer in which they part. The folders stay as they are.

    Parameters
    ----------
    run, others
        Folders of runs, two or more.
    repeat
        Whether runs that should be equal and are not are trained again.
    x, y, validation
        What `fit` was given, to train runs again that were started from Python.

    Returns
    -------
    Comparison
        Tables and curves, with ``to_html()``. In a notebook it shows itself.

    Raises
    ------
    FileError
        If a folder is not that of a run.
    OptionError
        If there is one run alone.

    Examples
    --------
    >>> print(gn.compare("runs/xor-1", "runs/xor-2"))                       # doctest: +SKIP
    """
    if not others:
        raise gn.OptionError("one run is given, and it takes two or more to compare")
    runs = [opened(Path(each)) for each in (run, *others)]
    given = {"x": x, "y": y, "validation": validation} if repeat else None
    return Comparison(runs, [_pair(runs[0], other, given) for other in runs[1:]])


def _pair(one: RecordedRun, other: RecordedRun, given: dict[str, Any] | None) -> Pair:
    """Return how two runs differ; `given` is what to train them again with, or None to leave that out."""
    names = (str(one.path), str(other.path))
    settings = [name for name, *_ in different(one.settings(), other.settings()) if name != _LENGTH]
    if settings or different(one.data(), other.data()):
        return Pair(*names, should_be_equal=False)
    has_length = one.settings().get(_LENGTH) == other.settings().get(_LENGTH)
    if has_length and _same_bytes(one, other):
        return Pair(*names, should_be_equal=True, is_equal=True)
    recorded = list(_recorded(one, other))
    if not has_length and not recorded:
        return Pair(*names, True, True, repeated="the epochs that both have are the same; one was trained for longer")
    found = Pair(*names, should_be_equal=True, is_equal=False, recorded=recorded)
    return found if given is None else _repeated(found, one, other, given)


def _same_bytes(one: RecordedRun, other: RecordedRun) -> bool:
    files = [(each.path / name) for name in (MODEL, HISTORY) for each in (one, other)]
    contents = [gn.read_whole(path) if path.is_file() else None for path in files]
    return contents[0] == contents[1] and contents[2] == contents[3]


def _recorded(one: RecordedRun, other: RecordedRun) -> Iterator[str]:
    for told in (first_sample(one, other), first_epoch(one.history, other.history)):
        if told is not None:
            yield told


def _repeated(found: Pair, one: RecordedRun, other: RecordedRun, given: dict[str, Any]) -> Pair:
    """Train both again, and add what came of it."""
    try:
        with repetition(one, **given) as first, repetition(other, **given) as second:
            parting = first_parting(first, second)
    except gn.OptionError as error:
        return attrs.evolve(found, repeated=f"they cannot be repeated: {error}")
    if parting is not None:
        return attrs.evolve(found, parting=parting, repeated=f"trained again here, {parting}")
    return attrs.evolve(
        found,
        repeated="trained again here, both give the same; one of them was computed otherwise, or its files were "
        "changed: see glassnet verify",
    )
