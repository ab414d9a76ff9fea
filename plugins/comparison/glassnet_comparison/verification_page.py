"""A verification as one HTML file: what was compared, what differs, and where two repetitions part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet_explanations.page.blocks import Page, Section, Table, Text
from glassnet_explanations.page.html import embedded as embedded_page, to_html as page_to_html

if TYPE_CHECKING:
    from glassnet_comparison.verify import Verification


def to_html(verification: Verification) -> str:
    """Return a verification as a whole HTML file."""
    return page_to_html(_page(verification))


def embedded(verification: Verification) -> str:
    """Return a verification for a cell of a notebook."""
    return embedded_page(_page(verification))


def _page(verification: Verification) -> Page:
    first, *rest = map(Text, verification.lines())
    rows = tuple((name, "same" if same else "different") for name, same in verification.compared.items())
    sections = [Section("Compared", (Table("compared", ("", "then and now"), rows),))]
    if rest:
        sections.append(Section("What differs", tuple(rest)))
    if verification.versions:
        versions = tuple((name, then or "not there", now or "not there") for name, then, now in verification.versions)
        sections.append(Section("Versions", (Table("versions", ("", "then", "now"), versions),)))
    return Page(f"Verification of {verification.run}", (first,), tuple(sections))
