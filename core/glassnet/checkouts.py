"""Editable checkouts: what has been written there since they were installed, and waits for a reinstall."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import importlib_metadata

from glassnet.kinds import KINDS, Kind


def reinstall_hint(kinds: list[Kind], name: str) -> str:
    """Return what makes `name` known where an editable checkout has it already.

    Returns
    -------
    str
        ``; …`` to be added to a message; a general word where the checkouts have it not; nothing where no
        distribution with components is editable.
    """
    general = ""
    for distribution, root in _editable():
        for kind in kinds:
            installed = {point.value for point in distribution.entry_points if point.group == kind.group}
            declared = _declared(root).get(kind.group, {})
            again = f"run pip install -e {root} again"
            if name in declared:
                return f"; {root / 'pyproject.toml'} declares it and was installed before it did: {again}"
            for module, file in _beside(installed | set(declared.values()), name):
                return (
                    f'; {file} is there, but no entry point names it: add {name} = "{module}:…" to '
                    f'[project.entry-points."{kind.group}"] in {root / "pyproject.toml"}, and {again}'
                )
        if any(point.group in _GROUPS for point in distribution.entry_points):
            general = "; a component added to an editable checkout appears after pip install -e . is run again"
    return general


_GROUPS = {kind.group for kind in KINDS.values()}


def _editable() -> Iterator[tuple[Any, Path]]:
    """Iterate over the editable distributions and the folders that they are developed in."""
    for distribution in importlib_metadata.distributions():
        try:
            source = json.loads(distribution.read_text("direct_url.json") or "{}")
            if source.get("dir_info", {}).get("editable"):
                yield distribution, Path(url2pathname(urlsplit(source["url"]).path))
        except (OSError, ValueError, KeyError, AttributeError):
            continue  # damaged metadata say nothing; this is only a hint


def _declared(root: Path) -> dict[str, dict[str, str]]:
    """Return the entry points in a checkout's pyproject.toml, by group and name."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8")).get("project", {})
    except (OSError, ValueError):
        return {}
    groups: dict[str, dict[str, str]] = project.get("entry-points", {})
    return groups


def _beside(targets: set[str], name: str) -> Iterator[tuple[str, Path]]:
    """Iterate over the modules called `name` that stand beside those in `targets`, with their files."""
    for package in sorted(
        {target.partition(":")[0].rpartition(".")[0] or target.partition(":")[0] for target in targets}
    ):
        top, *inner = package.split(".")
        try:
            # Of a top-level package alone: looking for an inner one would import those around it.
            found = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            continue
        for folder in (found.submodule_search_locations if found is not None else None) or ():
            file = Path(folder, *inner, f"{name}.py")
            if file.is_file():
                yield f"{package}.{name}", file
