"""Options as TOML holds them."""

from __future__ import annotations

from typing import Any

from glassnet.components.component import literal
from glassnet.options.options import Options


def as_plain(options: Options) -> dict[str, Any]:
    """Return options as TOML holds them: components as specs, unset ones left out."""
    plain: dict[str, Any] = {}
    for name, value in options.options.items():
        if isinstance(value, tuple):
            plain[name] = [each if isinstance(each, (int, float)) else literal(each) for each in value]
        elif value is not None:
            plain[name] = value if isinstance(value, (int, float, str)) else literal(value)
    return plain
