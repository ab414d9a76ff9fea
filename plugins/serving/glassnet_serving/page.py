"""The page of a server: what it answers, and a form to try it. Nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib.resources import files
from typing import Any

_BLOCKS = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def page(description: dict[str, Any]) -> str:
    """Return the page for a description in the form of OpenAPI."""
    predict = description["paths"]["/predict"]["post"]
    content = predict["requestBody"]["content"]
    example = content["application/json"].get("example", {"rows": []})
    values = {
        "title": description["info"]["title"],
        "task": description["info"]["description"],
        "limits": predict["description"],
        "types": ", ".join(content),
        "example": json.dumps(example, indent=2, ensure_ascii=False),
        "command": _command(content),
    }
    columns = content["application/json"]["schema"]["properties"]["rows"]["items"].get("properties", {})
    text = files("glassnet_serving").joinpath("page.html").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", escape(value))
    return text.replace("{{columns}}", _columns(columns)).replace("{{refusals}}", _refusals(predict["responses"]))


def policy(text: str) -> str:
    """Return the Content-Security-Policy of a page: its own script and style, and requests to its own server."""
    hashes = {kind: _hash(block) for kind, block in _BLOCKS.findall(text)}
    return (
        f"default-src 'none'; script-src '{hashes['script']}'; style-src '{hashes['style']}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hash(block: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()


def _command(content: dict[str, Any]) -> str:
    kind, file = ("image/png", "image.png") if "image/png" in content else ("text/csv", "rows.csv")
    return f'curl --data-binary @{file} -H "Content-Type: {kind}" ADDRESS/predict'


def _columns(columns: dict[str, Any]) -> str:
    if not columns:
        return ""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(each['description'])}</td>"
        f"<td>{escape(', '.join(map(str, each.get('examples', []))))}</td></tr>"
        for name, each in columns.items()
    )
    return f"<h2>Columns</h2><table><tr><th>column</th><th>type</th><th>values</th></tr>{rows}</table>"


def _refusals(responses: dict[str, Any]) -> str:
    rows = [f"<tr><td>{status}</td><td>{escape(each['description'])}</td></tr>" for status, each in responses.items()]
    return f"<table><tr><th>status</th><th>meaning</th></tr>{''.join(rows)}</table>"
