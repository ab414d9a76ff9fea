"""A page in a file: the ending says as what it is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glassnet_explanations.page.blocks import Page
from glassnet_explanations.page.curves import curves_svg
from glassnet_explanations.page.html import to_html
from glassnet_explanations.page.markdown import to_markdown
from glassnet_files.files import atomic_write, check_ending
from glassnet_persistence.json_text import json_text

ENDINGS = (".html", ".md", ".json", ".svg", ".png")


def save_page(page: Page, content: Callable[[], dict[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write a page as HTML or Markdown, its curves as SVG or PNG, or its content as JSON: the path's ending says which.

    The content is asked for where it is written.

    Raises
    ------
    FileError
        If it cannot be written, the path has another ending, or it is to be SVG or PNG and has no curves.
    """
    path = check_page_ending(path)
    ending = path.suffix.lower()
    if ending == ".png":
        from glassnet_explanations.page.curves_picture import curves_png  # late: matplotlib takes half a second

        atomic_write(path, curves_png(page))
        return
    if ending == ".json":
        text = json_text(content(), ensure_ascii=False) + "\n"
    else:
        text = {".html": to_html, ".md": to_markdown, ".svg": curves_svg}[ending](page)
    atomic_write(path, text.encode())


def check_page_ending(path: str | os.PathLike[str]) -> Path:
    """Return the path of a page, or raise `FileError` if its ending is not that of a page."""
    path = check_ending(
        path, ENDINGS, "explanations are written as HTML, Markdown or JSON, and the curves of --weight as SVG or PNG"
    )
    return path if path.suffix.lower() in ENDINGS else path.with_name(path.name + ".html")
