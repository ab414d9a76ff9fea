"""Draw docs/structure.svg, the packages and their imports as they are: ``python tools/structure_picture.py``.

The rows are the layers of the contracts in pyproject.toml, which CI holds the imports against. An arrow stands for at
least one import at run time, and is left out where other arrows lead to the same package. Arrows from plugins to the
kernel are left out: every plugin may import it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from html import escape
from itertools import count
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "structure.svg"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
WIDTH, HEIGHT, GAP, ROW, MARGIN, TITLE = 132, 34, 16, 70, 24, 30
INK, FAINT, LINE, KERNEL, PLUGINS = "#1f2933", "#6b7785", "#9aa5b1", "#eef4fb", "#f6f4ee"


def rows(contract: int, prefix: str = "") -> list[list[str]]:
    """Return the packages of each layer of a contract, the highest first."""
    layers = PROJECT["contracts"][contract]["layers"]
    return [[prefix + name.strip() for name in layer.split("|")] for layer in layers]


def modules(graph: grimp.ImportGraph, package: str) -> set[str]:
    """Return the modules of a package, itself included."""
    return {package, *graph.find_descendants(package)}


def imports(graph: grimp.ImportGraph, packages: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each pair of packages of which the first imports the second, unless a detour of imports shows it."""
    owner = {module: package for package in packages for module in modules(graph, package)}
    pairs = {
        (owner[module], owner[imported])
        for module in owner
        for imported in graph.find_modules_directly_imported_by(module)
        if imported in owner and owner[imported] != owner[module]
    }
    down = {(one, other) for one, other in pairs if packages.index(one) < packages.index(other)}
    yield from sorted(pair for pair in pairs if not _has_detour(pair, down))


def _has_detour(pair: tuple[str, str], pairs: set[tuple[str, str]]) -> bool:
    """Tell whether the second package is reached from the first by way of another one."""
    first, last = pair
    reached, new = set(), {b for a, b in pairs if a == first and b != last}
    while new:
        reached |= new
        new = {b for a, b in pairs if a in new} - reached - {first}
    return last in reached


def box(package: str, x: float, y: float) -> str:
    """Return the box of one package with its name."""
    name = package.removeprefix("glassnet.").removeprefix("glassnet_")
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#ffffff" stroke="{LINE}"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 5:g}" fill="{INK}">{escape(name)}</text>'
    )


def arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a line from the lower edge of one box to the upper edge of another."""
    (x, y), (u, v) = (start[0] + WIDTH / 2, start[1] + HEIGHT), (end[0] + WIDTH / 2, end[1])
    if y > v:  # beside each other in one row
        x, y = start[0] + (WIDTH if end[0] > start[0] else 0), start[1] + HEIGHT / 2
        u, v = end[0] + (0 if end[0] > start[0] else WIDTH), end[1] + HEIGHT / 2
    bend = (y + v) / 2
    return f'<path d="M{x:g} {y:g}C{x:g} {bend:g} {u:g} {bend:g} {u:g} {v:g}" marker-end="url(#tip)"/>'


def band(title: str, layers: list[list[str]], top: float, width: float, colour: str) -> tuple[str, dict, float]:
    """Return a titled band of rows, the places of its boxes, and where it ends."""
    height = TITLE + len(layers) * ROW - (ROW - HEIGHT) + MARGIN
    background = f'<rect x="8" y="{top:g}" width="{width - 16:g}" height="{height:g}" rx="8" fill="{colour}"/>'
    text = f'<text x="20" y="{top + 20:g}" fill="{FAINT}" text-anchor="start">{escape(title)}</text>'
    places = {}
    for number, row in zip(count(), layers, strict=False):
        left = (width - len(row) * WIDTH - (len(row) - 1) * GAP) / 2
        for package in row:
            places[package] = (left, top + TITLE + number * ROW)
            left += WIDTH + GAP
    return background + text, places, top + height


def wrapped(layers: list[list[str]], most: int) -> list[list[str]]:
    """Return the layers with those that are too long for one row put into several."""
    return [row[first : first + most] for row in layers for first in range(0, len(row), most)]


def picture() -> str:
    """Return the picture as SVG."""
    graph = grimp.build_graph(*PROJECT["root_packages"], exclude_type_checking_imports=True, cache_dir=None)
    above = wrapped([row for row in rows(1) if row != ["glassnet"]], 6)
    kernel = rows(0, "glassnet.")
    width = 6 * WIDTH + 5 * GAP + 2 * MARGIN
    plugins_band, places, end = band("plugins", above, 8, width, PLUGINS)
    kernel_band, more, end = band("kernel: core/glassnet", kernel, end + 16, width, KERNEL)
    places |= more
    arrows = [
        arrow(places[one], places[other])
        for group in (above, kernel)
        for one, other in imports(graph, [package for row in group for package in row])
    ]
    boxes = [box(package, *place) for package, place in places.items()]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {end + 8:g}" width="{width:g}" '
            f'height="{end + 8:g}" font-family="sans-serif" font-size="13" text-anchor="middle">',
            f'<defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" '
            f'orient="auto"><path d="M0 0L6 3L0 6z" fill="{LINE}"/></marker></defs>',
            plugins_band,
            kernel_band,
            f'<g fill="none" stroke="{LINE}" stroke-width="1">',
            *arrows,
            "</g>",
            *boxes,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
