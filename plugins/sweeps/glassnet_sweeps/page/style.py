"""The style of the page, light and dark, on a phone and in print; and the script that lights a trial up everywhere."""

# Of a page of its own, which a cell of a notebook is not.
PAGE_STYLE = """
body { margin: 0; }
@media (prefers-color-scheme: dark) { :root { background: #16181c; } }
"""

STYLE = """
.sweep { --ink: #1c1e21; --paper: #fff; --soft: #5b6470; --line: #d5d9e0; --panel: #f6f7f9; --best: #0b6fb8;
  --worst: #d98c1f; --bad: #c2185b; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto;
  padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .sweep { --ink: #e6e8eb; --paper: #16181c; --soft: #9aa3af; --line: #383d45; --panel: #1e2126; --best: #5ab3f5;
    --worst: #b3701a; --bad: #ff6fa3; }
}
.sweep h1 { font-size: 1.6rem; margin: 0.5rem 0; }
.sweep h2 { font-size: 1.2rem; border-bottom: 2px solid var(--line); margin: 1.75rem 0 0.75rem; }
.sweep p { margin: 0.4rem 0; }
.sweep figure { display: inline-block; margin: 0.3rem 0.6rem 0.3rem 0; max-width: 100%; vertical-align: top; }
.sweep figcaption, .sweep .legend { font-size: 0.85rem; color: var(--soft); }
.sweep .scale { display: inline-block; width: 6rem; height: 0.7em;
  background: linear-gradient(to right, var(--best), var(--worst)); }
.sweep figure.wide { overflow-x: auto; }
.sweep figure.wide svg { min-width: 36rem; }
.sweep svg { max-width: 100%; height: auto; background: var(--panel); border: 1px solid var(--line);
  border-radius: 4px; }
.sweep svg text { font-size: 11px; fill: var(--soft); }
.sweep svg text.name { font-size: 12px; font-weight: 600; fill: var(--ink); }
.sweep svg text.halo { paint-order: stroke; stroke: var(--panel); stroke-width: 3px; fill: var(--ink); }
.sweep .axis { stroke: var(--soft); }
.sweep .grid { stroke: var(--line); stroke-width: 0.6; }
.sweep [data-trial] { --colour: color-mix(in oklab, var(--worst) calc(var(--share) * 100%), var(--best)); }
.sweep polyline { fill: none; stroke: var(--colour); stroke-width: 1.6; opacity: 0.75; }
.sweep polyline.diverged, .sweep polyline.failed { stroke: var(--bad); stroke-dasharray: 4 3; opacity: 0.5; }
.sweep g circle, .sweep g rect { fill: var(--colour); stroke: var(--panel); stroke-width: 1; }
.sweep g circle.ring { fill: none; stroke: var(--colour); stroke-width: 2; }
.sweep g path { stroke: var(--bad); stroke-width: 2.2; fill: none; }
.sweep g.failed rect { fill: var(--soft); }
.sweep .bar { fill: var(--best); }
.sweep .scroll { overflow-x: auto; }
.sweep table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem; }
.sweep td, .sweep th { padding: 0.15rem 0.55rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
.sweep tbody th { border-left: 5px solid var(--colour); }
.sweep a { color: inherit; }
.sweep.lit polyline { opacity: 0.12; }
.sweep.lit polyline.lit { opacity: 1; stroke-width: 3.5; }
.sweep g.lit { outline: 2px solid var(--ink); outline-offset: 2px; }
.sweep tr.lit { background: var(--line); }
@media print { .sweep { max-width: none; padding: 0; } .sweep section { break-inside: avoid-page; } }
"""

# The trial under the cursor is lit up in all charts and in the table.
SCRIPT = """
document.querySelectorAll(".sweep").forEach(page => {
  const light = number => {
    page.querySelectorAll(".lit").forEach(each => each.classList.remove("lit"));
    page.classList.toggle("lit", number !== null);
    if (number !== null)
      page.querySelectorAll(`[data-trial="${number}"]`).forEach(each => each.classList.add("lit"));
  };
  page.addEventListener("mouseover", event => {
    const over = event.target.closest("[data-trial]");
    light(over ? over.dataset.trial : null);
  });
  page.addEventListener("mouseleave", () => light(null));
});
"""
