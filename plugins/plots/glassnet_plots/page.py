"""A plot as HTML: pictures that follow the light or dark colors of the page, and a slider if there are several."""

from __future__ import annotations

import re
import secrets
from html import escape
from typing import TYPE_CHECKING

from glassnet_plots.pictures import Pictures
from glassnet_reports.colors import BLUE, FAINT, INK, LINE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# In place of the colors of pictures: what the page says, which knows whether it is light or dark.
_VARIABLES = {INK: "--ink", FAINT: "--faint", LINE: "--line", BLUE: "--blue"}
_STYLE = """
.gn-plot { --ink: #22303c; --faint: #7b8794; --line: #dfe3e8; --blue: #2b6cb0; background: #ffffff;
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; padding: .5rem; }
@media (prefers-color-scheme: dark) {
  .gn-plot { --ink: #e6ebf0; --faint: #9aa7b4; --line: #3a444e; --blue: #63a4e6;
  background: #15191e; } }
.gn-plot svg { display: block; height: auto; max-width: 100%; }
.gn-plot .controls { align-items: center; display: flex; gap: .6rem; margin: .3rem; max-width: 32rem; }
.gn-plot input { flex: 1; }
.gn-plot button { background: none; border: 1px solid var(--faint); border-radius: 6px; color: inherit; font: inherit;
  min-width: 4.5rem; padding: .15rem .6rem; }
"""
# The frames are all in the page; one is shown at a time. Without a script, the last one is shown.
_SCRIPT = """
(() => {
  const root = document.getElementById("NAME"), frames = root.querySelectorAll(".frame");
  const slider = root.querySelector("input"), button = root.querySelector("button");
  let timer = null;
  const show = place => { slider.value = place; frames.forEach((each, i) => { each.hidden = i !== place; }); };
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "Play"; };
  slider.addEventListener("input", () => { stop(); show(+slider.value); });
  button.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (+slider.value === frames.length - 1) show(0);
    button.textContent = "Pause";
    timer = setInterval(() => { +slider.value === frames.length - 1 ? stop() : show(+slider.value + 1); }, 150);
  });
})();
"""


def page(pictures: Pictures) -> str:
    """Return a whole page that needs no other file."""
    title = escape(pictures.plot.title())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>:root {{ color-scheme: light dark; }}\n"
        "body { margin: 0; } .gn-plot { margin: 0 auto; }\n"
        "@media (prefers-color-scheme: dark) { body { background: #15191e; } }</style></head>"
        f"<body>{fragment(pictures)}</body></html>\n"
    )


def fragment(pictures: Pictures) -> str:
    """Return a part of a page, as a notebook shows it."""
    name = f"gn-plot-{secrets.token_hex(4)}"
    last = pictures.frames - 1
    shown = [
        f'<div class="frame"{" hidden" * (number < last)}>{_svg(pictures.frame(number), f"{name}-{number}")}</div>'
        for number in range(last + 1)
    ]
    controls = script = ""
    if last > 0:
        controls = (
            '<div class="controls"><button type="button">Play</button>'
            f'<input type="range" min="0" max="{last}" value="{last}" aria-label="moment of the training"></div>'
        )
        script = f"<script>{_SCRIPT.replace('NAME', name)}</script>"
    return f'<style>{_STYLE}</style><div class="gn-plot" id="{name}">{"".join(shown)}{controls}</div>{script}'


def _svg(figure: Figure, name: str) -> str:
    """Return a picture as SVG on the ground of the page; `name` keeps its ids apart from others'."""
    from matplotlib import rc_context

    from glassnet_reports.plots import svg_of

    with rc_context({"svg.hashsalt": name}):
        svg = svg_of(figure, metadata={"Date": None}, dpi=110, transparent=True)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', rf"\1{name}-\2", svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    return svg
