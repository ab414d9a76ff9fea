"""Editable checkouts: what has been written there since they were installed, and waits for a reinstall."""

from __future__ import annotations

import importlib.util
import json
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from importlib_metadata import distributions

from glassnet.registry.kinds import Kind


def reinstall_hint(kinds: list[Kind], name: str) -> str:
    """Return what makes `name` known where an editable checkout has it already.

    Returns
    -------
    str
        ``; …`` to be added to a message; a general word where the checkouts have it not; nothing where no
        distribution with components is editable.
    """
    general = ""
    for distribution in distributions():
        try:
            root = _checkout(distribution)
            if root is None:
                continue
            for kind in kinds:
                if hint := _hint(distribution, root, kind, name):
                    return f"; {hint}"
            if any(point.group.startswith("glassnet.") for point in distribution.entry_points):
                general = "; a component added to an editable checkout appears after pip install -e . is run again"
        except Exception:  # damaged metadata must not hide the error that this is added to
            continue
    return general


def _checkout(distribution: Any) -> Path | None:
    """Return the folder in which an editable distribution is developed; None for any other."""
    # As pip records it: https://packaging.python.org/en/latest/specifications/direct-url/
    source = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not source.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(source["url"]).path))


def _hint(distribution: Any, root: Path, kind: Kind, name: str) -> str | None:
    """Return what to do for `name` to be found in one checkout, if it has it."""
    project = root / "pyproject.toml"
    again = f"run pip install -e {shlex.quote(str(root))} again"
    declared = tomllib.loads(project.read_text("utf-8"))["project"].get("entry-points", {}).get(kind.group, {})
    if name in declared:
        return f"{project} declares it and was installed before it did: {again}"
    installed = {point.value for point in distribution.entry_points if point.group == kind.group}
    for module, file in _beside(installed | set(declared.values()), name):
        return (
            f'{file} is there, but no entry point names it: add {name} = "{module}:…" to '
            f'[project.entry-points."{kind.group}"] in {project}, and {again}'
        )
    return None


def _beside(targets: set[str], name: str) -> Iterator[tuple[str, Path]]:
    """Iterate over the modules called `name` that stand beside those in `targets`, with their files."""
    modules = {target.partition(":")[0] for target in targets}
    for package in sorted({module.rpartition(".")[0] or module for module in modules}):
        top, *inner = package.split(".")
        # Of a top-level package alone: looking for an inner one would import those around it.
        found = importlib.util.find_spec(top)
        for folder in (found.submodule_search_locations if found is not None else None) or ():
            file = Path(folder, *inner, f"{name}.py")
            if file.is_file():
                yield f"{package}.{name}", file
