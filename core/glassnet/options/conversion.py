"""The types of options: read from annotations, and values converted to them."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Sequence
from functools import cache
from typing import Any

import attrs

from glassnet.registry.spec import Spec


def annotation_of(component: type, field: attrs.Attribute[Any]) -> Any:
    """Return the type that a field is annotated with, evaluated where its class was written."""
    return _evaluated(component, field.name, field.type) if isinstance(field.type, str) else field.type


@cache
def _evaluated(component: type, name: str, annotation: str) -> Any:
    owner = next(base for base in component.__mro__ if name in vars(base).get("__annotations__", {}))
    return eval(annotation, vars(sys.modules[owner.__module__]), dict(vars(typing)))


def parts_of(annotation: Any) -> list[Any]:
    """Return the types of which an annotation consists: those of a union, a tuple or a list, else itself."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType, tuple, list):
        return [part for each in typing.get_args(annotation) for part in parts_of(each)]
    return [origin or annotation]


def as_type(value: Any, annotation: Any) -> Any:
    """Return `value` as `annotation`; int widens to float, list to tuple, nothing else is converted."""
    if type(value) is annotation:  # by far the most frequent case
        return value
    origin = typing.get_origin(annotation)
    if annotation is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _as_one_of(value, typing.get_args(annotation))
    if origin is tuple:
        return _as_tuple(value, typing.get_args(annotation))
    if origin is dict:
        return _as_dict(value, *typing.get_args(annotation))
    if origin is list:
        # Components share their options, so a list is kept as a tuple.
        return _as_tuple(value, (*typing.get_args(annotation), Ellipsis))
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()  # NumPy's numbers; known by their looks, since options are declared without NumPy
    if annotation is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _as_float(value)
    if annotation is None or annotation is type(None):
        annotation = type(None)
    if annotation is int and isinstance(value, bool):
        raise TypeError
    if annotation is str and isinstance(value, Spec) and not value.values and not value.named:
        return value.name  # a spec's bare word: target=price
    if isinstance(annotation, type) and isinstance(value, annotation):
        return value
    raise TypeError


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the largest float
        raise TypeError from None


def _as_one_of(value: Any, alternatives: tuple[Any, ...]) -> Any:
    for alternative in alternatives:
        try:
            return as_type(value, alternative)
        except TypeError:
            continue
    raise TypeError


def _as_tuple(value: Any, elements: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError
    if len(elements) == 2 and elements[1] is Ellipsis:
        elements = (elements[0],) * len(value)
    if len(elements) != len(value):
        raise TypeError
    return tuple(as_type(each, element) for each, element in zip(value, elements, strict=True))


def _as_dict(value: Any, names: Any, values: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return {as_type(name, names): as_type(each, values) for name, each in value.items()}


def type_name(annotation: Any) -> str:
    """Return a type as a person would say it: ``int``, ``float or None``, ``(int, int)``."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(each) for each in arguments)
    if origin is dict:
        return f"a table of {type_name(arguments[1])}"
    if origin is list:
        return f"list of {type_name(arguments[0])}"
    if origin is tuple:
        return "(" + ", ".join("…" if each is Ellipsis else type_name(each) for each in arguments) + ")"
    if annotation is type(None):
        return "None"
    return getattr(annotation, "__name__", str(annotation))
