"""The style of pages: light and dark, on a phone, and in print."""

# Of a page of its own, which a cell of a notebook is not.
PAGE_STYLE = """
body { margin: 0; }
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { background: #16181c; } }
"""

STYLE = """
.explanation { --ink: #1c1e21; --paper: #fff; --soft: #667; --line: #d5d9e0; --plus: 204 82 40; --minus: 30 96 190;
  --panel: #f6f7f9; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1rem;
  font: 1rem/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .explanation { --ink: #e6e8eb; --paper: #16181c; --soft: #9aa3af; --line: #383d45; --plus: 240 130 90;
    --minus: 100 160 250; --panel: #1e2126; }
}
.explanation h1 { font-size: 1.6rem; margin: 0.5rem 0; }
.explanation h2 { font-size: 1.3rem; border-bottom: 2px solid var(--line); margin: 2rem 0 0.75rem; }
.explanation h3 { display: inline; font-size: 1.1rem; }
.explanation h4 { font-size: 0.9rem; color: var(--soft); margin: 0.75rem 0 0.25rem; font-weight: 600; }
.explanation details { border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.75rem; margin: 0.6rem 0; }
.explanation summary { cursor: pointer; }
.explanation .formula { padding: 0.25rem 0; overflow-x: auto; }
.explanation .formula math { display: block math; width: fit-content; margin: 0.2rem 0; font-size: 1.1rem; }
.explanation figure { display: inline-block; vertical-align: top; margin: 0.4rem 1.5rem 0.4rem 0; max-width: 100%; }
.explanation figcaption { font-size: 0.9rem; font-weight: 600; }
.explanation .shape { color: var(--soft); font-weight: 400; }
.explanation .settings { color: var(--soft); font-size: 0.85rem; }
.explanation .panes > div { max-width: 100%; }
.explanation .panes { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.explanation .place { color: var(--soft); font-size: 0.8rem; }
.explanation .scroll { overflow-x: auto; max-width: 100%; }
.explanation table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.85rem; }
.explanation td, .explanation th { padding: 0.15rem 0.5rem; text-align: right; white-space: nowrap; }
.explanation .array td { border: 1px solid var(--line); }
.explanation .terms { margin: 0.75rem 0 0.25rem; }
.explanation .terms td, .explanation .terms th { border-bottom: 1px solid var(--line); }
.explanation th:first-child { text-align: left; font-weight: 600; }
.explanation .text { text-align: left; }
.explanation .text:last-child { white-space: normal; }
.explanation .plus { fill: rgb(var(--plus));
  background: color-mix(in srgb, rgb(var(--plus)) calc(var(--share) * 0.6), transparent); }
.explanation .minus { fill: rgb(var(--minus));
  background: color-mix(in srgb, rgb(var(--minus)) calc(var(--share) * 0.6), transparent); }
.explanation .odd { background: #c0c; fill: #c0c; color: #fff; }
.explanation td.marked { outline: 2px solid var(--ink); outline-offset: -2px; font-weight: 600; }
.explanation rect.marked { stroke: var(--ink); stroke-width: 0.15; fill: none; }
.explanation svg.map { cursor: crosshair; touch-action: pan-y; }
.explanation image { image-rendering: pixelated; }
output.tip { position: fixed; z-index: 9; pointer-events: none; background: #1c1e21; color: #fff;
  padding: 0.1rem 0.4rem; border-radius: 3px; font: 0.8rem ui-monospace, monospace; white-space: nowrap; }
output.tip[hidden] { display: none; }
.explanation svg { background: var(--panel); max-width: 100%; height: auto; border: 1px solid var(--line); }
.explanation .lines { font: 0.85rem/1.6 ui-monospace, monospace; background: var(--panel);
  border-radius: 4px; padding: 0.3rem 0.6rem; }
.explanation .lines p { margin: 0.15rem 0 0.15rem 2rem; text-indent: -2rem; overflow-wrap: anywhere; }
.explanation .label { font-weight: 600; }
.explanation .symbols, .explanation .is { color: var(--soft); }
.explanation .remark { color: var(--soft); font-size: 0.85rem; margin: 0.2rem 0; font-style: italic; }
.explanation svg.chart { background: none; border: 0; overflow: visible; }
.explanation .chart text { font-size: 11px; fill: var(--soft); }
.explanation .chart .zero { stroke: var(--line); }
@media print {
  .explanation { max-width: none; padding: 0; font-size: 0.75rem; }
  .explanation details { border: 0; padding: 0; }
  .explanation summary { list-style: none; }
  .explanation h2 { margin: 1rem 0 0.25rem; }
  .explanation .lines { font-size: 0.65rem; line-height: 1.35; padding: 0; }
  .explanation h2, .explanation h3, .explanation h4, .explanation summary { break-after: avoid; }
  .explanation figure, .explanation .formula, .explanation .lines p, .explanation tr { break-inside: avoid; }
  .explanation .plus, .explanation .minus { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
