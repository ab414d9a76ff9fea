"""A verification as one HTML file: what was compared, what differs, and where two repetitions part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet_explanations.page.blocks import Page, Section, Table, Text

if TYPE_CHECKING:
    from glassnet_comparison.verify import Verification


def page_of(verification: Verification) -> Page:
    """Return the page of a verification."""
    first, *rest = map(Text, verification.lines())
    rows = tuple((name, "same" if same else "different") for name, same in verification.compared.items())
    sections = [Section("Compared", (Table("compared", ("", "then and now"), rows),))]
    if rest:
        sections.append(Section("What differs", tuple(rest)))
    if verification.versions:
        versions = tuple((name, then or "not there", now or "not there") for name, then, now in verification.versions)
        sections.append(Section("Versions", (Table("versions", ("", "then", "now"), versions),)))
    return Page(f"Verification of {verification.run}", (first,), tuple(sections))
