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


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
