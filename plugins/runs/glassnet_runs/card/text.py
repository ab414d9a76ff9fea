"""A card as Markdown and as HTML."""

from __future__ import annotations

from html import escape
from pathlib import Path

from glassnet_runs.card.blocks import safe
from glassnet_runs.card.facts import Facts
from glassnet_runs.card.front_matter import front_matter
from glassnet_runs.card.sections import sections

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; overflow-wrap: anywhere;
  border-bottom: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
pre { padding: .75rem; overflow-x: auto; background: color-mix(in srgb, CanvasText 7%, Canvas); }
img { max-width: 100%; background: #fff; }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def to_markdown(facts: Facts, place: Path) -> str:
    """Return a card in the form of Hugging Face, for a file in the folder `place`."""
    parts = [f"{front_matter(facts)}\n# {safe(title_of(facts))}"]
    for title, blocks in sections(facts, place):
        parts += [f"## {title}"] if title else []
        parts += [each.markdown() for each in blocks]
    return "\n\n".join(parts) + "\n"


def to_html(facts: Facts, place: Path) -> str:
    """Return a card as a page that needs nothing else."""
    title = escape(title_of(facts))
    body = [f"<h1>{title}</h1>"]
    for heading, blocks in sections(facts, place):
        body += [f"<h2>{escape(heading)}</h2>"] if heading else []
        body += [each.html() for each in blocks]
    return _PAGE.format(title=title, style=_STYLE, body="\n".join(body))


def title_of(facts: Facts) -> str:
    """Return the title of a card: the name of the run's folder."""
    return facts.run.resolve().name
