"""Writes docs/components.md, the page of all components that ship with glassnet: ``python tools/components_page.py``.

What a component is comes from itself; its counterpart and how far from that it was seen come from the comparisons in
tests/oracle, as they were recorded there. A test holds the page against both.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from glassnet.components.component import literal
from glassnet.options.conversion import annotation_of, type_name
from glassnet.options.declaration import Option, options_of
from glassnet.registry.entry_points import Entry
from glassnet.registry.registry import registry
from glassnet.support.distributions import OWN_DISTRIBUTION

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "components.md"
COUNTERPARTS = tomllib.loads((ROOT / "tests" / "oracle" / "counterparts.toml").read_text("utf-8"))
DIFFERENCES = json.loads((ROOT / "tests" / "oracle" / "values" / "differences.json").read_text("utf-8"))
# The kinds whose code is shown, and the methods that hold a formula.
_WITH_CODE = (
    "layer", "activation", "loss", "optimizer", "regularizer", "constraint", "schedule", "metric", "initializer",
)  # fmt: skip
_FORMULA = (
    "forward", "per_sample", "backward", "update", "step", "errors", "figures", "compute", "penalty", "gradient",
    "project", "lr", "sample",
)  # fmt: skip
ABOUT = """# Components

All components that ship with glassnet, as they describe themselves. This page is generated (`python
tools/components_page.py`). The same for one component, others' too: `glassnet plugins show KIND:NAME`.
Where a convention differs between frameworks, the paragraph *Conventions* says which one holds here.

*Code* is the formula as the [reference mode](architecture.md#the-reference-mode) computes it. *Accelerators* stand
beside it: they compute the same faster, and are compared with it over drawn options and shapes.

*Counterpart* is what PyTorch or scikit-learn call the component, and *largest difference* the largest relative one
that was seen between the two in the [comparisons](../tests/oracle/README.md), over drawn shapes and options, in
outputs, gradients, states, steps and figures: the largest difference of an element over the largest element of the
counterpart's array, or over the size of the terms where terms cancel. The promise is 1e-10 in float64 and 1e-5 in
float32. Where there is a counterpart and nothing is compared, the word in parentheses says why: *random*, both draw
numbers, and not the same; *differs*, the convention is another; *composed*, it only calls components that are
compared; *data*, it gives data. Of a counterpart *written out* the formula is compared, not the code.
"""


def page() -> str:
    """Return the text of the page."""
    parts = [ABOUT]
    for kind in registry.kinds.values():
        entries = [entry for entry in registry.entries(kind.name) if entry.distribution == OWN_DISTRIBUTION]
        if not kind.instances:
            parts.append(f"\n## {kind.plural}\n")
            parts += [section(kind.name, names, registry.load(entries[0])) for names, entries in by_target(entries)]
    return "\n".join(parts)


def by_target(entries: list[Entry]) -> list[tuple[list[str], list[Entry]]]:
    """Return the entries with their names: one component may have several."""
    targets = {entry.target: [each for each in entries if each.target == entry.target] for entry in entries}
    return [(_with_principal_first(same), same) for same in targets.values()]


def _with_principal_first(same: list[Entry]) -> list[str]:
    principal = registry.name_of(registry.load(same[0]))
    return sorted((entry.name for entry in same), key=lambda name: (name != principal, -len(name)))


def section(kind: str, names: list[str], component: Any) -> str:
    """Return what the page says of one component."""
    name, *aliases = names
    lines = [f"### {name}\n"]
    if aliases:
        lines.append(f"Also {', '.join(f'`{alias}`' for alias in aliases)}.\n")
    text = inspect.cleandoc(component.__doc__ or "")
    lines.append(text.split("\n\nShapes\n")[0].split("\n\nRaises\n")[0].split("\n\nConventions\n")[0] + "\n")
    gradient = getattr(component, "gradient_formula", "")
    formulas = [component.formula, gradient if isinstance(gradient, str) else ""]
    lines += [f"    {formula}" for formula in formulas if formula]
    if kind in _WITH_CODE and (code := formula_code(component)):
        where = Path(inspect.getfile(component)).relative_to(ROOT).as_posix()
        lines.append(f"\n*Code*, from [{where}](../{where}):\n\n```python\n{code}\n```")
    if faster := accelerators_of(kind, name):
        lines.append("\n*Accelerators* beside it:\n")
        lines += [f"- `{each}`: {told}" for each, told in faster]
    options = [described(component, field) for field in options_of(component).values()]
    if options:
        lines += ["", "| option | type | range | default | |", "| --- | --- | --- | --- | --- |", *options]
    conventions = re.search(r"\nConventions\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", text, flags=re.DOTALL)
    if conventions:
        lines.append(f"\n*Conventions.* {conventions[1].strip()}")
    lines.append(f"\n*Counterpart.* {compared(kind, name)}")
    return "\n".join(lines) + "\n"


def formula_code(component: type) -> str:
    """Return the source of the methods that hold the formula, as the file of the component has it."""
    if "as_layer" in vars(component):  # an activation with parameters: only layers have any
        component = type(component().as_layer())
    methods = [vars(component)[name] for name in _FORMULA if inspect.isfunction(vars(component).get(name))]
    return "\n\n".join(textwrap.dedent(inspect.getsource(method)).rstrip() for method in methods)


def accelerators_of(kind: str, name: str) -> list[tuple[str, str]]:
    """Return the name of each accelerator of a component and the first sentence that it says of itself."""
    found = [registry.load(entry) for entry in registry.entries("accelerator")]
    told = [(registry.name_of(each), each) for each in found if each.replaces == f"{kind}.{OWN_DISTRIBUTION}.{name}"]
    return [(each, " ".join(inspect.cleandoc(one.__doc__ or "").split("\n\n")[0].split())) for each, one in told]


def compared(kind: str, name: str) -> str:
    """Return what the component's counterpart is called, and how far from it the component was seen."""
    counterpart = re.sub(r"^\w+\.[\w.]+", r"`\g<0>`", COUNTERPARTS[kind][name])
    seen = DIFFERENCES.get(f"{kind}:{name}", {})
    figures = [f"{seen[dtype]:.2g} in {dtype}" for dtype in ("float64", "float32") if dtype in seen]
    return f"{counterpart}; largest difference {', '.join(figures)}." if figures else f"{counterpart}."


def described(component: type, field: Any) -> str:
    """Return one option as a row."""
    declared: Option = field.metadata["option"]
    taken = type_name(annotation_of(component, field)) if declared.kind is None else declared.kind
    default = "required" if field.default is inspect.Parameter.empty or repr(field.default) == "NOTHING" else ""
    default = default or f"`{literal(field.default)}`"
    kind = f"list of {taken}s" if declared.many else taken
    return f"| `{field.name}` | {kind} | {declared.range.replace('|', chr(92) + '|')} | {default} | {declared.help} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
