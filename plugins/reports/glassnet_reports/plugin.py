"""The plugin: what notebooks show of networks and data."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_html(thing: Any) -> str | None:
    """Return a table of a network, a dataset, a split, a history or named arrays."""
    from glassnet_reports.html_tables import as_html

    return as_html(thing)
