"""The source of components for a file of its own: methods, and the functions, constants and imports that they need."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_standalone.sources import docstring_of, explanation_of

_INIT = "    def __init__(self, **options):\n        vars(self).update(options)\n"


class NotSelfContainedError(Exception):
    """The code needs more than can be written into one file."""


class Linker:
    """Collects definitions, each once, in an order in which they can be executed.

    Attributes
    ----------
    imports
        Lines of imports.
    definitions
        Constants, functions and classes by name.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.definitions: dict[str, str] = {}

    def component(self, component: Any, *methods: str) -> str:
        """Add a component's class with some of its methods, and return the text that makes the component.

        Raises
        ------
        NotSelfContainedError
            If the methods need something that cannot be written, such as a compiled module of the package.
        """
        name = type(component).__name__
        options = {
            key: value
            for key, value in component.options.items()
            if isinstance(value, bool | int | float | str | tuple)
        }
        reachable = _reachable(type(component), methods)
        if name not in self.definitions:
            for method in reachable.values():
                self._needs(method)
        self.definitions[name] = _class_text(component, name, reachable)
        used = {each.attr for method in reachable.values() for each in _on_self(_tree(method))}
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in options.items() if key in used)})"

    def function(self, function: Any) -> None:
        """Add a function with all that it needs."""
        name = function.__name__
        if name in self.definitions:
            return
        self.definitions[name] = ""  # it may call itself
        self._needs(function)
        del self.definitions[name]
        self.definitions[name] = without_annotations(inspect.getsource(function))

    def _needs(self, function: Any) -> None:
        for name in _globals_in(_tree(function)):
            if name in function.__globals__:
                self._global(name, function.__globals__[name])

    def _global(self, name: str, value: Any) -> None:
        if name in self.definitions:
            return
        if isinstance(value, types.ModuleType):
            self._module(name, value)
        elif inspect.isfunction(value) and value.__module__.partition(".")[0] not in _STANDARD:
            if value.__name__ != name:
                raise NotSelfContainedError(name)
            self.function(value)
        elif isinstance(value, bool | int | float | str | tuple | type(None)):
            self.definitions[name] = f"{name} = {value!r}"
        elif isinstance(value, re.Pattern):
            self.imports.add("import re")
            self.definitions[name] = f"{name} = re.compile({value.pattern!r}, {int(value.flags)})"
        elif (module := getattr(value, "__module__", "")) and module.partition(".")[0] in _STANDARD:
            self.imports.add(f"from {module} import {name}")
        else:
            raise NotSelfContainedError(name)

    def _module(self, name: str, module: types.ModuleType) -> None:
        if module.__name__.partition(".")[0] not in _STANDARD:
            raise NotSelfContainedError(module.__name__)
        same = module.__name__ == name
        self.imports.add(f"import {name}" if same else f"import {module.__name__} as {name}")


_STANDARD = frozenset(("numpy", "math", "re", "zlib", "itertools", "functools", "collections", "datetime", "operator"))


def without_annotations(source: str) -> str:
    """Return the source of a function without annotations, which are of names that a file of its own does not have."""
    source = textwrap.dedent(source).rstrip()
    lines = source.splitlines()
    tree = ast.parse(source)
    for node in sorted(ast.walk(tree), key=lambda each: getattr(each, "lineno", 0), reverse=True):
        if isinstance(node, ast.AnnAssign):
            target = ast.unparse(node.target)
            indent = " " * node.col_offset
            changed = [f"{indent}{target} = {ast.unparse(node.value)}"] if node.value is not None else []
            lines[node.lineno - 1 : node.end_lineno] = changed
        elif isinstance(node, ast.FunctionDef):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
            head = f"{' ' * node.col_offset}def {node.name}({ast.unparse(node.args)}):"
            first = node.decorator_list[0].lineno - 1 if node.decorator_list else node.lineno - 1
            body = node.body[0]
            if not lines[body.lineno - 1][: body.col_offset].strip():
                lines[first : body.lineno - 1] = [head]
            else:  # all in one line
                lines[first : node.end_lineno] = [f"{head} {'; '.join(map(ast.unparse, node.body))}"]
    return "\n".join(lines)


def _class_text(component: gn.Component, name: str, methods: dict[str, Any]) -> str:
    told = explanation_of(component)
    docstring = f"{docstring_of(told)}\n\n" if told else ""
    bodies = (textwrap.indent(without_annotations(inspect.getsource(each)), "    ") for each in methods.values())
    return f"class {name}:\n{docstring}{_INIT}\n" + "\n\n".join(bodies)


def _reachable(owner: type, methods: tuple[str, ...]) -> dict[str, Any]:
    """Return the methods of a class that some methods call, and these, by name."""
    found: dict[str, Any] = {}
    left = list(methods)
    while left:
        name = left.pop()
        if name in found:
            continue
        method = inspect.getattr_static(owner, name)
        method = getattr(method, "__wrapped__", method)
        if not inspect.isfunction(method) or method.__module__.startswith("glassnet."):
            raise NotSelfContainedError(name)
        found[name] = method
        tree = _tree(method)
        if "super" in _globals_in(tree):
            raise NotSelfContainedError("super")
        left += [each.attr for each in _on_self(tree) if callable(inspect.getattr_static(owner, each.attr, None))]
    return found


def _tree(function: Any) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _on_self(tree: ast.AST) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            yield node


def _globals_in(tree: ast.FunctionDef) -> list[str]:
    """Return the names that a function reads, but for those in annotations and decorators."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                skipped |= {id(each) for each in ast.walk(part)}
        for part in getattr(node, "decorator_list", ()):
            skipped |= {id(each) for each in ast.walk(part)}
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in skipped]
    own = {node.id for node in named if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return list(dict.fromkeys(node.id for node in named if node.id not in own))


def plain(value: Any) -> str:
    """Return what a transform has learnt as text: arrays, and values that JSON holds."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {plain(each)}' for key, each in value.items())}}}"
    return f"np.array({value.tolist()!r})" if isinstance(value, np.ndarray) else repr(value)
