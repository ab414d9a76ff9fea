"""A page in a file: the ending says as what it is written."""

from __future__ import annotations

import os
from pathlib import Path

from glassnet.support.files import check_ending

ENDINGS = (".html", ".md", ".json")


def check_page_ending(path: str | os.PathLike[str]) -> Path:
    """Return the path of a page, or raise `FileError` if its ending is not that of a page."""
    path = check_ending(path, ENDINGS, "explanations are written as HTML, Markdown or JSON")
    return path if path.suffix.lower() in ENDINGS else path.with_name(path.name + ".html")
