"""A replayed run in a notebook: where it is, and the figures of its last epochs."""

from __future__ import annotations

from html import escape

import glassnet as gn

_MOST_EPOCHS = 10


def replay_html(title: str, history: gn.History) -> str:
    """Return the title, and a table of the last ten epochs; no table before the end of the first."""
    shown = history.epochs[-_MOST_EPOCHS:]
    if not shown:
        return f"<p>{escape(title)}</p>"
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("epoch", *shown[-1]))
    rows = "".join(
        f"<tr><td>{number}</td>{''.join(f'<td>{value:.4g}</td>' for value in epoch.values())}</tr>"
        for number, epoch in enumerate(shown, len(history.epochs) - len(shown) + 1)
    )
    return f"<p>{escape(title)}</p><table><tr>{heads}</tr>{rows}</table>"
