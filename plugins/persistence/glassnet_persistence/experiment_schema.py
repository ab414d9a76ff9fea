"""The JSON schema of experiment files: editors complete and check such a file with it."""

from __future__ import annotations

import types
import typing
from typing import Any

import attrs

from glassnet.errors import PluginLoadError
from glassnet.options.conversion import annotation_of
from glassnet.options.declaration import REQUIRED, Option, options_of
from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet_persistence.experiment import Experiment
from glassnet_persistence.spec_pattern import spec_pattern

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema, draft 7, of experiment files, with every component that is installed now."""
    options = options_of(Experiment)
    properties = {name: _property(field) for name, field in options.items()}
    kinds = {described.kind for field in options.values() if (described := _described(field)).kind is not None}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An experiment file of glassnet",
        "type": "object",
        "properties": {"format": {"const": 1, "description": "version of the format"}, **properties},
        "required": [name for name, field in options.items() if field.default is REQUIRED],
        "additionalProperties": False,
        "definitions": {kind: _specs(kind) for kind in sorted(kinds)},
    }


def _described(field: attrs.Attribute[Any]) -> Option:
    described: Option = field.metadata["option"]
    return described


def _property(field: attrs.Attribute[Any]) -> dict[str, Any]:
    """Return the schema of one option of an experiment."""
    described = _described(field)
    schema: dict[str, Any] = {"description": described.help}
    if described.kind is not None:
        one = {"$ref": f"#/definitions/{described.kind}"}
        several = {"type": "array", "items": one}
        if described.many:
            # An optional list may be written as one text, with spaces between the specs.
            return schema | (several if field.default is REQUIRED else {"anyOf": [several, {"type": "string"}]})
        return schema | {"allOf": [one]}  # beside $ref, a reader of draft 7 ignores the description
    schema["type"] = _type(annotation_of(Experiment, field))
    schema |= {_BOUNDS[name]: bound for name in _BOUNDS if (bound := getattr(described, name)) is not None}
    if described.choices is not None:
        schema["enum"] = list(described.choices)
    if field.default is not REQUIRED and field.default is not None:
        schema["default"] = field.default
    return schema


def _type(annotation: Any) -> str:
    """Return the JSON type of an option. TOML has no None: an option that is not set is left out."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        annotation = next(each for each in typing.get_args(annotation) if each is not type(None))
    return _TYPES[annotation]


def _specs(kind: str) -> dict[str, Any]:
    """Return the schema of the specs of a kind: one of its components."""
    entries = [entry for each in registry.in_place_of(kind) for entry in registry.entries(each.name)]
    return {"anyOf": [_spec(entry) for entry in entries]}


def _spec(entry: Entry) -> dict[str, Any]:
    distribution = None if entry.is_by_hand else entry.distribution
    try:
        component = registry.load(entry)
    except PluginLoadError:  # no schema can say more than its name
        return {"type": "string", "pattern": spec_pattern(entry.name, distribution, None, needs_options=False)}
    options = options_of(component)
    needs_options = any(field.default is REQUIRED for field in options.values())
    told = (component.__doc__ or "").strip().partition("\n")[0]
    schema = {
        "type": "string",
        "description": told,
        "pattern": spec_pattern(entry.name, distribution, options, needs_options),
    }
    return schema if needs_options else schema | {"examples": [entry.name]}
