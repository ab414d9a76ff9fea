"""What a server is asked and answers, in the form of OpenAPI (2021), version 3.1.0, https://spec.openapis.org/oas/v3.1.0."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_commands.classification import class_names
from glassnet_commands.saved_run import Saved
from glassnet_serving.example_rows import example_rows, row_schema, takes_images
from glassnet_serving.limits import Limits
from glassnet_tables.preprocessing import TablePreprocessing

_REFUSALS = {
    "400": "The body is not JSON of this form, or the server is asked by another name than its own.",
    "408": "The request did not arrive in time.",
    "413": "The request is too large, or has too many rows.",
    "415": "The content type is not read.",
    "422": "The network does not take these samples; the sentence says why.",
    "503": "Too many requests are open, or the answer took too long; ask again.",
}


def describe(saved: Saved, limits: Limits, version: str) -> dict[str, Any]:
    """Return the description of a server for a network."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"glassnet: {saved.path.resolve().name}",
            "version": version,
            "description": task_of(saved),
        },
        "paths": {
            "/predict": {"post": _predict(saved, limits)},
            "/health": {
                "get": {
                    "summary": "Whether requests are welcome",
                    "responses": {
                        "200": {"description": "Requests are answered."},
                        "503": {"description": "The server is about to end."},
                    },
                }
            },
        },
        "components": {"schemas": {"Error": _object({"error": {"type": "string"}})}},
    }


def task_of(saved: Saved) -> str:
    """Return in one sentence what the network answers."""
    network, table = saved.network, saved.network.preprocessing
    if isinstance(table, TablePreprocessing):
        target = table.target
        unit = f" in {target.format.unit}" if target.format.unit else ""
        what = f"one of {len(table.classes)} classes" if table.classes else f"a number{unit}"
        return f"Predicts {target.name!r}, {what}, for rows with {len(table.features)} columns."
    if saved.summary.get("task") == "regression" or not _has_classes(network):
        return f"Answers samples of shape {network.input_shape} with values of shape {network.output_shape}."
    return f"Classifies samples of shape {network.input_shape} into {max(2, network.output_shape[-1])} classes."


def _predict(saved: Saved, limits: Limits) -> dict[str, Any]:
    network = saved.network
    rows = _object({"rows": {"type": "array", "items": row_schema(network), "maxItems": limits.max_rows}})
    example = example_rows(network)
    content: dict[str, Any] = {"application/json": {"schema": rows}, "text/csv": {"schema": {"type": "string"}}}
    if example is not None:
        content["application/json"]["example"] = {"rows": example}
    if not isinstance(network.preprocessing, TablePreprocessing):
        names = ["application/x-npy", *(["image/png", "image/jpeg"] if takes_images(network) else [])]
        content |= {name: {"schema": {"type": "string", "format": "binary"}} for name in names}
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refusals = {status: {"description": text, "content": problem} for status, text in _REFUSALS.items()}
    answers = {"application/json": {"schema": _answers(saved)}}
    return {
        "summary": "Predictions for rows, a table or an image",
        "description": f"At most {limits.max_bytes:,} bytes and {limits.max_rows:,} rows a request.",
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "One prediction a row.", "content": answers}, **refusals},
    }


def _answers(saved: Saved) -> dict[str, Any]:
    """Return the schema of an answer: that of ``glassnet predict --json``."""
    table, number = saved.network.preprocessing, {"type": ["number", "null"]}
    notes = {"type": "array", "items": {"type": "string"}, "description": "What is unusual in the samples."}
    if isinstance(table, TablePreprocessing):
        answer = {"type": "string", "enum": list(table.classes)} if table.classes else number
        found: dict[str, Any] = {"predictions": {"type": "array", "items": answer}, "notes": notes}
        if table.classes:
            found["probabilities"] = {"type": "array", "items": _object(dict.fromkeys(table.classes, number))}
        return _object(found)
    sample: dict[str, Any] = {"file": {"type": "null"}, "sample": {"type": "integer", "minimum": 0}}
    if saved.summary.get("task") == "regression" or not _has_classes(saved.network):
        sample["values"] = {"type": "array"}
    else:
        names = class_names(saved.classes, max(2, saved.network.output_shape[-1]))
        sample |= {"class": {"enum": list(names)}, "probabilities": _object(dict.fromkeys(names, number))}
    return _object({"predictions": {"type": "array", "items": _object(sample)}, "notes": notes})


def _has_classes(network: gn.Network) -> bool:
    outputs: str = gn.outputs_of(network.layers)[0]
    return len(network.output_shape) == 1 and outputs in ("probabilities", "distribution")


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
