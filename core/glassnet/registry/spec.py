"""Specs: components named in text, such as ``dense(64, regularizer=l2(1e-4))``.

A spec is read with `ast` and holds literals and further specs only. It runs no code.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from glassnet.errors import SpecError, shortened

# Python's own parser reads 200.
DEEPEST_BRACKETS = 190

# ``glassnet-swish:swish`` picks one distribution's component. Text in quotes is matched first and left alone.
# Text without a closing quote goes to the end, and a name begins where none goes on: each sign is looked at once.
_TEXT = r"""(?P<text>"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|'(?:[^'\\]|\\.)*+(?:'|\\?\Z))"""
_QUALIFIED = re.compile(rf"{_TEXT}|(?<![\w.-])[A-Za-z0-9][\w.-]*+:[A-Za-z_]\w*", re.DOTALL)
_TOKEN = re.compile(rf"{_TEXT}|.", re.DOTALL)


@dataclass(frozen=True)
class Spec:
    """A component's name and the options given to it, read and not yet looked up."""

    name: str
    values: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return the spec as text."""
        given = [repr(value) for value in self.values]
        given += [f"{name}={value!r}" for name, value in self.named.items()]
        return f"{self.name}({', '.join(given)})" if given else self.name


@lru_cache(maxsize=256)
def parse(text: str) -> Spec:
    """Read one spec.

    Parameters
    ----------
    text
        ``name``, ``name(options)`` or ``distribution:name(options)``.

    Raises
    ------
    SpecError
        If the text is not a spec, or holds anything but literals and specs.
    """
    _check_brackets(text)
    qualified: dict[str, str] = {}
    hidden = "_" * (1 + max(map(len, re.findall("_+", text)), default=0))

    def hide(match: re.Match[str]) -> str:
        if match["text"]:
            return match["text"]
        placeholder = f"{hidden}{len(qualified)}"
        qualified[placeholder] = match[0]
        return placeholder

    try:
        tree = ast.parse(_QUALIFIED.sub(hide, text.strip()), mode="eval").body
        spec = _Reader(text, qualified).read(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, SpecError):
            raise
        several = split_specs(text)
        advice = (
            f"give each on its own: {several}" if len(several) > 1 else "write a name with options, such as dense(128)"
        )
        raise SpecError(f"cannot read the spec {text!r}; {advice}") from None
    if isinstance(tree, ast.Tuple) and all(isinstance(each, Spec) for each in spec):
        raise SpecError(f"spaces separate specs, and commas do not (got {text!r}); write {' '.join(map(str, spec))!r}")
    if not isinstance(spec, Spec):
        raise SpecError(f"expected a component's name, got {text!r}; write it like dense(128) or relu")
    return spec


@dataclass(frozen=True)
class _Reader:
    """Turns a syntax tree into values; `text` is for messages, `qualified` maps placeholders to names."""

    text: str
    qualified: dict[str, str]

    def read(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return Spec(self.name(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.call(node, self.name(node.func))
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.read(element) for element in node.elts]
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise self.refuse(node) from None

    def call(self, node: ast.Call, name: str) -> Spec:
        if any(isinstance(value, ast.Starred) for value in node.args):
            raise self.refuse(node)
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.refuse(keyword.value)
            if keyword.arg in named:
                raise SpecError(f"{self.text!r} gives {keyword.arg!r} twice; give it once")
            named[keyword.arg] = self.read(keyword.value)
        values = tuple(self.read(value) for value in node.args)
        return Spec(name, values, named)

    def name(self, node: ast.Name) -> str:
        name = self.qualified.get(node.id, node.id)
        if name.startswith("_"):
            raise self.refuse(node)
        return name

    def refuse(self, node: ast.expr) -> SpecError:
        part = re.sub(r"\b_++\d+\b", lambda match: self.qualified.get(match[0], match[0]), ast.unparse(node))
        return SpecError(
            f"{part!r} in the spec {self.text!r} is not a literal; "
            "options are numbers, text, True, False, None, lists of these, and further specs; "
            f"text with signs in it, such as a path, is written in quotes: {part!r}"
        )


def split_specs(text: str) -> list[str]:
    """Split ``"flatten dense(128, bias=False) relu"`` at the spaces that are outside brackets and quotes."""
    starts, stops = [0], []
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += (token in "([{") - (token in ")]}")
        if token.isspace() and depth == 0:
            stops.append(match.start())
            starts.append(match.end())
    parts = [text[start:stop] for start, stop in zip(starts, [*stops, len(text)], strict=True)]
    return [part for part in parts if part]


def _check_brackets(text: str) -> None:
    """Raise `SpecError` if brackets hold each other deeper than Python's parser reads."""
    depth = 0
    for match in _TOKEN.finditer(text):
        depth += (match[0] in "([{") - (match[0] in ")]}")
        if depth > DEEPEST_BRACKETS:
            raise SpecError(
                f"the spec {shortened(text, 100)!r} has brackets more than {DEEPEST_BRACKETS} deep; "
                "let layers hold fewer layers, one within another"
            )


_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_name(name: str) -> bool:
    """Tell whether a component may be called `name`."""
    return _NAME.fullmatch(name) is not None


def bad_name(name: str) -> str:
    """Return what is wrong with a name, and a better one."""
    return f"a component's name is lower-case letters, digits and underscores (got {name!r}); call it {better(name)!r}"


def better(name: str) -> str:
    """Return the name that a component with a bad name should have."""
    return re.sub(r"[^a-z0-9_]+", "_", snake_case(name)).lstrip("_0123456789").rstrip("_") or "component"


def snake_case(name: str) -> str:
    """Return a class name as a component's name: ``MeanSquaredError`` as ``mean_squared_error``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
