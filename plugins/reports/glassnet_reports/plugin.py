"""The plugin: what notebooks show of networks and data, and `help` of the components of a kind."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_show(thing: Any, form: str) -> str | None:
    """Return a table of a network, a dataset, a split, a history or named arrays; or the components of a kind."""
    if isinstance(thing, gn.Namespace):
        from glassnet_reports.component_list import listed

        return listed(thing) if form == "help" else None
    from glassnet_reports.html_tables import as_html

    return as_html(thing) if form == "html" else None
