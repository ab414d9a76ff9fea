"""Schemas: what the text in a file of glassnet's has to say, with types and bounds.

A schema is a class of options, so one mechanism checks what files, specs and Python say. What is not in the schema is
left alone: a newer glassnet may write more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from glassnet.errors import GlassnetError, OptionError
from glassnet.options.declaration import REQUIRED, option, options_of
from glassnet.options.options import Options

AnySchema = TypeVar("AnySchema", bound="Schema")


class Schema(Options):
    """A part of a file: its options are the names that the part has to hold, or may hold where there is a default."""

    @classmethod
    def title(cls) -> str:
        """Return the word for this part in messages."""
        return "the contents"


def entry(default: Any = REQUIRED, **bounds: Any) -> Any:
    """Declare one name of a schema; `bounds` are those of `option`."""
    return option(default, kw_only=True, **bounds)


def read_json(text: str | bytes, place: str, error: type[GlassnetError], advice: str) -> dict[str, Any]:
    """Return the JSON object in a text.

    Parameters
    ----------
    text
        The text, or its bytes in UTF-8.
    place, advice
        The file, and what to do if it is damaged, in the words of messages.
    error
        What to raise.

    Raises
    ------
    GlassnetError
        If the text is not JSON, or another value than an object; of the class `error`.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as problem:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else problem
        raise error(f"{place} is damaged, its text is not JSON ({reason}); {advice}") from None
    if not isinstance(content, dict):
        raise error(f"{place} holds {content!r} where a JSON object is expected; {advice}")
    return content


def structured(schema: type[AnySchema], content: Any, place: str, error: type[GlassnetError], advice: str) -> AnySchema:
    """Return a part of a file as its schema says.

    Parameters
    ----------
    schema
        What the part has to hold.
    content
        What was read.
    place, error, advice
        As in `read_json`.

    Raises
    ------
    GlassnetError
        If a name is missing, or a value is of another type or out of bounds; of the class `error`.
    """
    if not isinstance(content, dict):
        raise error(f"{place} holds {content!r} where names and values are expected; {advice}")
    known = {name: value for name, value in content.items() if name in options_of(schema)}
    try:
        return schema(**known)
    except OptionError as problem:
        raise error(f"{place} is damaged: {problem}; {advice}") from None


def all_numbers(values: Sequence[Any]) -> bool:
    """Tell whether values are numbers; NaN and infinity are, and truth values are not."""
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
