"""Writes docs/components.md, the page of all components that ship with glassnet: ``python tools/components_page.py``.

Everything on it comes from the components themselves; a test holds the page against them.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from glassnet.component import literal
from glassnet.declaration import Option, annotation_of, options_of, type_name
from glassnet.entry_points import OWN_DISTRIBUTION, Entry
from glassnet.kinds import KINDS
from glassnet.registry import registry

PAGE = Path(__file__).parents[1] / "docs" / "components.md"
ABOUT = """# Components

All components that ship with glassnet, as they describe themselves. This page is generated (`python
tools/components_page.py`). The same for one component, others' too: `glassnet plugins show KIND:NAME`.
Where a convention differs between frameworks, the paragraph *Conventions* says which one holds here.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [ABOUT]
    for kind in KINDS.values():
        entries = [entry for entry in registry.entries(kind.name) if entry.distribution == OWN_DISTRIBUTION]
        if not kind.instances:
            parts.append(f"\n## {kind.plural}\n")
            parts += [section(names, registry.load(entries[0])) for names, entries in by_target(entries)]
    return "\n".join(parts)


def by_target(entries: list[Entry]) -> list[tuple[list[str], list[Entry]]]:
    """Return the entries with their names: one component may have several."""
    targets = {entry.target: [each for each in entries if each.target == entry.target] for entry in entries}
    return [(sorted((entry.name for entry in same), key=len, reverse=True), same) for same in targets.values()]


def section(names: list[str], component: Any) -> str:
    """Return what the page says of one component."""
    name, *aliases = names
    lines = [f"### {name}\n"]
    if aliases:
        lines.append(f"Also {', '.join(f'`{alias}`' for alias in aliases)}.\n")
    text = inspect.cleandoc(component.__doc__ or "")
    lines.append(text.split("\n\nShapes\n")[0].split("\n\nRaises\n")[0].split("\n\nConventions\n")[0] + "\n")
    gradient = getattr(component, "gradient", "")
    formulas = [component.formula, gradient if isinstance(gradient, str) else ""]
    lines += [f"    {formula}" for formula in formulas if formula]
    options = [described(component, field) for field in options_of(component).values()]
    if options:
        lines += ["", "| option | type | range | default | |", "| --- | --- | --- | --- | --- |", *options]
    conventions = re.search(r"\nConventions\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", text, flags=re.DOTALL)
    if conventions:
        lines.append(f"\n*Conventions.* {conventions[1].strip()}")
    return "\n".join(lines) + "\n"


def described(component: type, field: Any) -> str:
    """Return one option as a row."""
    declared: Option = field.metadata["option"]
    taken = type_name(annotation_of(component, field)) if declared.kind is None else declared.kind
    default = "required" if field.default is inspect.Parameter.empty or repr(field.default) == "NOTHING" else ""
    default = default or f"`{literal(field.default)}`"
    kind = f"list of {taken}s" if declared.several else taken
    return f"| `{field.name}` | {kind} | {declared.range.replace('|', chr(92) + '|')} | {default} | {declared.help} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
