"""JSON that every program reads."""

from __future__ import annotations

import json
import math
from typing import Any


def json_text(content: Any, **options: Any) -> str:
    """Return `content` as JSON. JSON has no word for NaN and infinity, so they become null.

    Parameters
    ----------
    content
        Dictionaries, lists and plain values.
    options
        What `json.dumps` takes, such as ``indent``.
    """
    return json.dumps(_finite(content), allow_nan=False, **options)


def shown_safely(text: str) -> str:
    r"""Return JSON or TOML in which each character that is not printable is an escape such as ``\u001b``.

    The values are the same. In a terminal, such a character could move the cursor or turn the direction of the text.
    """
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
