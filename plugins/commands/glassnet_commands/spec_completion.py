"""What completes a text of specs: names of components, names of options, and values of options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import attrs

from glassnet.errors import GlassnetError
from glassnet.options.conversion import annotation_of, parts_of
from glassnet.options.declaration import options_of
from glassnet.registry.registry import registry

# The name at the end of a text, which may be that of a distribution and a component: ``glassnet-swish:swi``.
_LAST_NAME = re.compile(r"[\w.:-]*\Z")
_TOKEN = re.compile(r"[\w.:+-]+|\s+|.", re.DOTALL)
_ENDS_A_WORD = re.compile(r"(\A|[\s(\[,=])\Z")
_QUOTES = ("'", '"')


@dataclass
class _Bracket:
    """An open bracket at the end of a text, with the names of the options that were given in it."""

    owner: str
    argument: int = 0
    keyword: str | None = None
    given: tuple[str, ...] = ()


def completed_specs(text: str, kinds: Sequence[str]) -> Iterator[str]:
    """Yield the texts that `text` may become: in its last spec, a name, an option or the value of an option.

    Parameters
    ----------
    text
        What has been typed, such as ``dense(8) re`` or ``adam(be``.
    kinds
        The kinds of the components that the text lists.
    """
    before = text.removesuffix(_LAST_NAME.findall(text)[0])
    brackets = _open_brackets(before)
    if brackets is not None and _ENDS_A_WORD.search(before):
        for word in _words(brackets, kinds):
            yield before + word


def _open_brackets(text: str) -> list[_Bracket] | None:
    """Return the brackets that are open at the end of a text, the outermost first; None within quotes."""
    brackets: list[_Bracket] = []
    name, quote = "", ""
    for token in _TOKEN.findall(text):
        if quote or token in _QUOTES:
            quote = token if not quote else "" if token == quote else quote
        elif token in ("(", "["):
            brackets.append(_Bracket(owner=name if token == "(" else ""))
        elif token in (")", "]"):
            if brackets:
                brackets.pop()
        elif token == "," and brackets:
            brackets[-1].argument += 1
            brackets[-1].keyword = None
        elif token == "=" and brackets:
            brackets[-1].keyword = name
            brackets[-1].given += (name,)
        name = token
    return None if quote else brackets


def _words(brackets: list[_Bracket], kinds: Sequence[str]) -> Iterator[str]:
    """Yield the words that may stand behind the open brackets."""
    component: type | None = None
    field: attrs.Attribute[Any] | None = None
    for bracket in brackets:
        if not bracket.owner:
            continue  # a list, which belongs to the option at hand
        component = _component(bracket.owner, kinds)
        if component is None:
            return
        field = _option_at(bracket, component)
        kinds = _kinds_of(field)
    for kind in kinds:
        yield from registry.names(kind)
    if component is None:
        return
    if field is not None:
        yield from _values(component, field)
    if brackets[-1].owner and brackets[-1].keyword is None:
        yield from (f"{name}=" for name in options_of(component) if name not in brackets[-1].given)


def _component(name: str, kinds: Sequence[str]) -> type | None:
    """Return the class called `name`; None if there is none, or it cannot be imported."""
    for kind in kinds:
        with suppress(GlassnetError):
            found: type = registry.load(registry.find(kind, name))
            return found
    return None


def _option_at(bracket: _Bracket, component: type) -> attrs.Attribute[Any] | None:
    """Return the option whose value stands at the end of a bracket."""
    options = options_of(component)
    if bracket.keyword is not None:
        return options.get(bracket.keyword)
    positional = [field for field in options.values() if not field.kw_only]
    is_known = not bracket.given and bracket.argument < len(positional)
    return positional[bracket.argument] if is_known else None


def _kinds_of(field: attrs.Attribute[Any] | None) -> list[str]:
    kind = field.metadata["option"].kind if field is not None else None
    return [each.name for each in registry.in_place_of(kind)] if kind is not None else []


def _values(component: type, field: attrs.Attribute[Any]) -> Iterator[str]:
    """Yield the values of an option that takes one of a few words."""
    described = field.metadata["option"]
    if described.choices is not None:
        yield from (str(choice) for choice in described.choices if not str(choice).isspace())
    elif described.kind is None and bool in parts_of(annotation_of(component, field)):
        yield from ("True", "False")
