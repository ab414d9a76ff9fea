"""One component in full: what it computes, its options, where its code is and who ships it."""

from __future__ import annotations

import inspect
from typing import Any

import attrs
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glassnet.component import literal
from glassnet.declaration import Option, annotation_of, options_of, type_name
from glassnet.entry_points import Entry
from glassnet.errors import SpecError
from glassnet.kinds import kind_named
from glassnet.registry import registry
from glassnet_commands.derived_backward import derives_backward


def described_component(what: str) -> dict[str, Any]:
    """Return all that is known of a component.

    Parameters
    ----------
    what
        ``kind:name``, such as ``activation:relu``; the name may be qualified by its distribution.

    Raises
    ------
    SpecError
        When `what` is not of this form.
    UnknownComponentError, PluginLoadError
        When there is no such component, or it is broken.
    """
    kind, _, name = what.partition(":")
    if not name:
        raise SpecError(f"expected KIND:NAME, such as activation:relu (got {what!r})")
    entry = registry.find(kind_named(kind).name, name)
    component = registry.load(entry)
    is_class = isinstance(component, type)
    return {
        "kind": entry.kind.name,
        "name": entry.name,
        "description": inspect.cleandoc(component.__doc__ or "") if is_class else (component.help or ""),
        "formula": getattr(component, "formula", ""),
        "gradient": _gradient(component),
        "derives_backward": derives_backward(component),
        "options": [_option(component, field) for field in options_of(component).values()] if is_class else [],
        "source": inspect.getsourcefile(component if is_class else component.callback),
        "target": entry.target,
        "distribution": f"{entry.distribution} {entry.version}".strip(),
        "home_page": _home_page(entry),
    }


def _gradient(component: Any) -> str:
    """Return the derivative in plain text; a regularizer's `gradient` is its method, and its formula has both."""
    gradient = getattr(component, "gradient", "")
    return gradient if isinstance(gradient, str) else ""


def _option(component: type, field: attrs.Attribute[Any]) -> dict[str, str]:
    declared: Option = field.metadata["option"]
    taken = type_name(annotation_of(component, field)) if declared.kind is None else declared.kind
    return {
        "name": field.name,
        "type": f"list of {taken}s" if declared.several else taken,
        "range": declared.range,
        "default": "" if field.default is attrs.NOTHING else literal(field.default),
        "help": declared.help,
    }


def _home_page(entry: Entry) -> str:
    """Return the first address in the metadata of the distribution."""
    if entry.point is None or entry.point.dist is None:
        return ""
    metadata = entry.point.dist.metadata
    addresses = [address.partition(", ")[2] for address in metadata.get_all("Project-URL") or []]
    return str(metadata.get("Home-page") or (addresses[0] if addresses else ""))


def print_component(page: dict[str, Any]) -> None:
    """Print a component for a person."""
    console = Console(highlight=False)
    console.print(Text(f"{page['kind']} {page['name']}", "bold"))
    console.print()
    console.print(Padding(Text(_reflowed(page["description"])), (0, 0, 1, 2)))
    for name in ("formula", "gradient"):
        if page[name]:
            console.print(Text.assemble((f"{name:<9} ", "bold"), page[name]))
    if page["derives_backward"]:
        console.print(Text.assemble(("backward  ", "bold"), "derived from forward by tracing it (glassnet.autodiff)"))
    if page["options"]:
        console.print()
        console.print(_options_table(page["options"]))
    console.print()
    for label, name in (
        ("source", "source"),
        ("target", "target"),
        ("from", "distribution"),
        ("home page", "home_page"),
    ):
        console.print(Text.assemble((f"{label:<9} ", "bold"), page[name] or "-"), soft_wrap=True)


def _reflowed(text: str) -> str:
    """Return a docstring whose plain paragraphs are one line each, for the terminal to break."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        paragraph if "---" in paragraph or "\n " in paragraph else " ".join(paragraph.split("\n"))
        for paragraph in paragraphs
    )


def _options_table(options: list[dict[str, str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("option", "type", "range", "default", "help"):
        table.add_column(column, overflow="fold")
    for option in options:
        cells = [option[name] for name in ("name", "type", "range", "help")]
        table.add_row(*map(Text, (*cells[:3], option["default"] or "required", cells[3])))
    return table
