"""What a component says of itself: its formula, and the source that its docstring names."""

from __future__ import annotations

import inspect
import re
import textwrap

import glassnet as gn
from glassnet_standalone.texts import in_docstring

# A paragraph that names a source has a year in brackets, or the word.
_SOURCE = re.compile(r"\(\d{4}\)|\(\d{4}, |^Source:")
_WIDTH = 100


def explanation_of(component: gn.Component) -> list[str]:
    """Return the formula of a component and its source as lines of text."""
    formula = textwrap.wrap(component.formula, _WIDTH, break_long_words=False) if component.formula else []
    paragraphs = [" ".join(each.split()) for each in inspect.getdoc(type(component)).split("\n\n")]  # type: ignore[union-attr]
    # Sections, such as "Conventions", are left out.
    told = paragraphs[: next((place for place, text in enumerate(paragraphs) if " ---" in text), len(paragraphs))]
    source = next((text for text in told if _SOURCE.search(text)), "")
    parts = ["\n".join(each) for each in (formula, textwrap.wrap(source, _WIDTH)) if each]
    return "\n\n".join(parts).split("\n") if parts else []


def docstring_of(lines: list[str]) -> str:
    """Return lines as the docstring of a function or a class of Python, which is indented once."""
    text = [in_docstring(line) for line in lines]
    if len(text) == 1:
        return f'    """{text[0]}"""'
    return "\n".join([f'    """{text[0]}', *(f"    {line}".rstrip() for line in text[1:]), '    """'])
