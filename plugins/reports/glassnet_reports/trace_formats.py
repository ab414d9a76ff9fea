"""The formats of a trace: pictures, a page whose layers fold, a graph for Graphviz, and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import attrs
import numpy as np

from glassnet_reports.trace_drawing import picture
from glassnet_reports.trace_graph import TraceGraph
from glassnet_reports.trace_nodes import Node
from glassnet_reports.trace_views import collapsed

# A picture of more pixels takes seconds to make, and hardly any program shows it.
_MOST_PIXELS = 40e6


def as_svg(trace: TraceGraph) -> bytes:
    """Return the picture as SVG."""
    return picture(trace).encode()


def as_png(trace: TraceGraph) -> bytes:
    """Return the picture as PNG, in twice its size, or smaller if it is very large."""
    import resvg_py
    from matplotlib import get_data_path

    svg = picture(trace)
    width, height = (float(svg.partition(f' {name}="')[2].partition('"')[0]) for name in ("width", "height"))
    zoom = min(2.0, math.sqrt(_MOST_PIXELS / (width * height)))
    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=zoom,
        # The font of matplotlib: some machines have none.
        skip_system_fonts=True,
        font_dirs=[f"{get_data_path()}/fonts/ttf"],
        sans_serif_family="DejaVu Sans",
    )
    return bytes(png)


_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 110rem; padding: 0 1rem; }
summary { cursor: pointer; font-weight: 600; }
details { border: 1px solid #8886; border-radius: 8px; margin: .6rem 0; padding: .5rem .8rem; }
.picture { overflow-x: auto; background: #fff; border-radius: 6px; }
.picture svg { max-width: 100%; height: auto; min-width: min(100%, 40rem); }
.formula { color: #777; font-weight: 400; margin-left: .8rem; }
@media print { details { border: 0; } }
"""


def as_html(trace: TraceGraph) -> bytes:
    """Return one page with the network as boxes and a picture of each layer, which fold without a script."""
    sections = [f"<details open><summary>All layers</summary>{_picture(collapsed(trace, ()))}</details>"]
    for index, part in enumerate(trace.parts):
        own = [node for node in trace.nodes.values() if node.part == index and node.kind == "operation"]
        if own:
            shape = " × ".join(map(str, own[-1].value.shape)) or "one number"
            formula = f'<span class="formula">{escape(part.formula)}; gives {shape}</span>'
            summary = f"<summary>{escape(part.title)}{formula}</summary>"
            is_open = " open" if len(trace.nodes) <= 40 else ""
            sections.append(f"<details{is_open}>{summary}{_picture(_part_alone(trace, index))}</details>")
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>loss = {trace.loss:.6g}</title><style>{_STYLE}</style></head><body>"
        f"<h1>loss = {trace.loss:.6g}</h1>\n" + "\n".join(sections) + "</body></html>\n"
    )
    return page.encode()


def _picture(trace: TraceGraph) -> str:
    return f'<div class="picture">{picture(trace)}</div>'


def _part_alone(trace: TraceGraph, index: int) -> TraceGraph:
    """Return one part of a trace as a trace: what it reads of other parts is shown as given."""
    nodes: dict[str, Node] = {}
    for name, node in trace.nodes.items():
        if node.part == index:
            for source in node.inputs:
                if source not in nodes:
                    given = trace.nodes[source]
                    kind = "input" if given.kind == "operation" else given.kind
                    nodes[source] = attrs.evolve(given, kind=kind, text=source, part=0, inputs=(), shown=())
            nodes[name] = attrs.evolve(node, part=0)
    return attrs.evolve(trace, parts=(trace.parts[index],), nodes=nodes)


def as_dot(trace: TraceGraph) -> bytes:
    """Return the graph in the language of Graphviz, a cluster for each layer."""
    lines = ["digraph trace {", '  node [shape=box, style=rounded, fontname="Helvetica"];']
    for index, part in enumerate(trace.parts):
        lines += [f"  subgraph cluster_{index} {{", f"    label={_quoted(part.title)};"]
        for node in trace.nodes.values():
            if node.part == index:
                shape = " × ".join(map(str, node.value.shape))
                label = f"{node.title} | {shape}" if shape else node.title
                lines.append(f"    {_quoted(node.name)} [label={_quoted(label)}];")
        lines.append("  }")
    for node in trace.nodes.values():
        parts = {part.name: part.index for part in node.shown}
        for source in node.inputs:
            label = f" [label={_quoted(parts[source])}]" if source in parts else ""
            lines.append(f"  {_quoted(source)} -> {_quoted(node.name)}{label};")
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_json(trace: TraceGraph) -> bytes:
    """Return everything as JSON; NaN and infinity are null, and a complex number is a pair."""
    nodes = [
        {
            "name": node.name,
            "kind": node.kind,
            "part": node.part,
            "operation": node.operation,
            "text": node.text,
            "word": node.word,
            "inputs": list(node.inputs),
            "shown": {part.name: part.index for part in node.shown},
            "shape": list(node.value.shape),
            "value": _plain(node.value),
            "gradient": _plain(node.gradient),
        }
        for node in trace.nodes.values()
    ]
    parts = [{"title": part.title, "formula": part.formula} for part in trace.parts]
    content = {"loss": _plain(np.asarray(trace.loss)), "parts": parts, "nodes": nodes}
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    """Return an array as nested lists."""

    def plain(leaf: Any) -> Any:
        if isinstance(leaf, list):
            return [plain(each) for each in leaf]
        if isinstance(leaf, complex):
            return [plain(leaf.real), plain(leaf.imag)]
        return None if isinstance(leaf, float) and not math.isfinite(leaf) else leaf

    return plain(np.asarray(value).tolist())


FORMATS: Mapping[str, Callable[[TraceGraph], bytes]] = {
    ".svg": as_svg,
    ".png": as_png,
    ".html": as_html,
    ".dot": as_dot,
    ".json": as_json,
}
