"""Files in packages: the templates and pages that kinds bring."""

from __future__ import annotations

from importlib.resources import files


def resource_text(where: str) -> str:
    """Return the text of a file in a package, ``package:path``."""
    package, _, path = where.partition(":")
    return files(package).joinpath(path).read_text("utf-8")
