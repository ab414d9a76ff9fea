"""One component in full: what it computes, its options, where its code is and who ships it."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs
import click

from glassnet.components.component import literal
from glassnet.errors import SpecError
from glassnet.options.conversion import annotation_of, type_name
from glassnet.options.declaration import Option, options_of
from glassnet.registry.entry_points import Entry
from glassnet.registry.kinds import Kind
from glassnet.registry.registry import registry
from glassnet_commands.derived_backward import derives_backward
from glassnet_commands.docstring_text import wrapped, wrapped_docstring
from glassnet_commands.formula_text import wrapped_formula
from glassnet_commands.resources import resource_text
from glassnet_fusion.report import fusion_of

# Longer lines are hard to read.
_WIDEST = 120
_NARROWEST_HELP = 20
_INDENT = "  "
_GAP = "  "
_LABEL = len("home page ")


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
        example = next(
            (f"{kind}:{what}" for kind in reversed(registry.kinds) if registry.has(kind, what)), "activation:relu"
        )
        raise SpecError(f"expected KIND:NAME, such as {example} (got {what!r})")
    entry = registry.find(registry.kind(kind).name, name)
    component = registry.load(entry)
    is_class = isinstance(component, type)
    described = _with_source(component)
    return {
        "kind": entry.kind.name,
        "name": entry.name,
        "description": _description(component),
        "formula": getattr(component, "formula", ""),
        "gradient": _gradient(component),
        "derives_backward": derives_backward(component),
        "fused": fusion_of(entry.kind.name, component) if is_class else "",
        "options": [_option(component, field) for field in options_of(component).values()] if is_class else [],
        "source": inspect.getsourcefile(described),
        "target": entry.target,
        "distribution": f"{entry.distribution} {entry.version}".strip(),
        "home_page": _home_page(entry),
    }


def _description(component: Any) -> str:
    """Return what a component says of itself; of a kind, its page."""
    if isinstance(component, Kind) and component.page:
        return resource_text(component.page)
    text = component.help if isinstance(component, click.Command) else _with_source(component).__doc__
    return inspect.cleandoc(text or "")


def _with_source(component: Any) -> Any:
    """Return what a component has its documentation and its code in: a class, a function or a module."""
    if isinstance(component, click.Command):
        return component.callback
    if isinstance(component, Kind):
        return component.base_class()
    return component if isinstance(component, (type, ModuleType)) else type(component)


def _gradient(component: Any) -> str:
    """Return the derivative in plain text; a regularizer's `gradient` is its method, and its formula has both."""
    gradient = getattr(component, "gradient_formula", "")
    return gradient if isinstance(gradient, str) else ""


def _option(component: type, field: attrs.Attribute[Any]) -> dict[str, str]:
    declared: Option = field.metadata["option"]
    taken = type_name(annotation_of(component, field)) if declared.kind is None else declared.kind
    return {
        "name": field.name,
        "type": f"list of {taken}s" if declared.many else taken,
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
    """Print a component for a person, as wide as the terminal; no line ends in blanks."""
    for line in _lines(page, min(shutil.get_terminal_size().columns, _WIDEST)):
        click.echo(line.rstrip())


def _lines(page: dict[str, Any], width: int) -> Iterator[str]:
    yield click.style(f"{page['kind']} {page['name']}", bold=True)
    yield ""
    for line in wrapped_docstring(page["description"], width - len(_INDENT)):
        yield _INDENT + line
    yield ""
    for name in ("formula", "gradient"):
        if page[name]:
            yield from _labelled(name, wrapped_formula(page[name], width - _LABEL))
    if page["derives_backward"]:
        derived = "derived from forward by tracing it (glassnet_autodiff.tape)"
        yield from _labelled("backward", wrapped(derived, width - _LABEL))
    if page["fused"]:
        yield from _labelled("fused", wrapped(page["fused"], width - _LABEL))
    if page["options"]:
        yield ""
        yield from _options(page["options"], width)
    yield ""
    for label, name in (
        ("source", "source"),
        ("target", "target"),
        ("from", "distribution"),
        ("home page", "home_page"),
    ):
        yield from _labelled(label, [page[name] or "-"])


def _labelled(label: str, lines: list[str]) -> Iterator[str]:
    """Iterate over lines with a label before the first one."""
    for number, line in enumerate(lines):
        yield (click.style(f"{label:<{_LABEL - 1}} ", bold=True) if number == 0 else " " * _LABEL) + line


def _options(options: list[dict[str, str]], width: int) -> Iterator[str]:
    """Iterate over the lines of a table of options; of a list, if the terminal is too narrow for a table."""
    rows = [[option["name"], option["type"], option["range"], option["default"] or "required"] for option in options]
    header = ["option", "type", "range", "default"]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    room = width - sum(widths) - len(widths) * len(_GAP)
    if room < _NARROWEST_HELP:
        yield from _option_list(options, width)
        return
    yield click.style(_GAP.join([*map(str.ljust, header, widths), "help"]), bold=True)
    for option, row in zip(options, rows, strict=True):
        for number, line in enumerate(wrapped(option["help"], room) or [""]):
            cells = row if number == 0 else [""] * len(row)
            yield _GAP.join([*map(str.ljust, cells, widths), line])


def _option_list(options: list[dict[str, str]], width: int) -> Iterator[str]:
    yield click.style("options", bold=True)
    for option in options:
        default = f"default {option['default']}" if option["default"] else "required"
        described = ", ".join(filter(None, (option["type"], option["range"], default)))
        yield from wrapped(f"{option['name']}: {described}", width, _INDENT)
        yield from wrapped(option["help"], width, 3 * _INDENT)
