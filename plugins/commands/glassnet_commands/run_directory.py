"""The folder of a run, from its name to its contents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import glassnet as gn
from glassnet_persistence.folder_claim import Claim, claim
from glassnet_persistence.run_files import RUN_FILES
from glassnet_tables.table_file import ENDINGS

RUNS = Path("runs")


def run_name(source: gn.DataSource) -> str:
    """Return the name of the runs on some data: that of the file or folder for data of the user's own.

    ``table('sales/my houses.csv.gz')`` gives ``"my-houses"``, and ``mnist`` gives ``"mnist"``.
    """
    path = getattr(source, "path", None)
    if not source.file_endings or not isinstance(path, str):
        return source.title()
    file = Path(os.path.expanduser(path)).absolute()
    while file.suffix.lower() in {*source.file_endings, *ENDINGS}:
        file = file.with_suffix("")
    return re.sub(r"[^\w.-]+", "-", file.name).strip("-.") or source.title()


@contextmanager
def claimed_folder(wanted: Path | None, name: str, above: Path = RUNS) -> Iterator[Claim]:
    """Claim the folder of a run, and take it away again if nothing was put into it.

    Parameters
    ----------
    wanted
        The folder, which may exist if it holds no run. Without it, ``<above>/<name>-<n>`` with the next free number.
    name
        Name of the data.
    above
        The folder of all runs.

    Raises
    ------
    FileError
        When the folder holds a run already, another process or thread writes there, or it cannot be written.
    """
    with ExitStack() as stack:
        if wanted is None:
            yield _next_free(above, name, stack)
        else:
            claimed = stack.enter_context(claim(wanted))
            refuse_run(wanted)
            yield claimed


def refuse_run(folder: Path) -> None:
    """Raise `FileError` if a folder holds a run."""
    for file in RUN_FILES:
        if (folder / file).exists():
            raise gn.FileError(f"{folder} already holds a run (it has {file}); choose another folder")


def _next_free(above: Path, name: str, stack: ExitStack) -> Claim:
    """Make and claim ``<above>/<name>-<n>``. A run that starts at the same time gets another number."""
    numbers = [each.name.removeprefix(f"{name}-") for each in above.glob(f"{name}-*")]
    number = max((int(number) for number in numbers if number.isdecimal()), default=0)
    while True:
        number += 1
        try:
            return stack.enter_context(claim(above / f"{name}-{number}", is_new=True))
        except FileExistsError:
            continue
