"""Every component has a counterpart on the page of components, or says that it has none, and keeps the promise."""

from __future__ import annotations

import json
import pkgutil
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from agreement import TOLERANCE

ORACLE = Path(__file__).parent
COUNTERPARTS = {
    f"{kind}:{name}": counterpart
    for kind, named in tomllib.loads((ORACLE / "counterparts.toml").read_text()).items()
    for name, counterpart in named.items()
}
DIFFERENCES = json.loads((ORACLE / "values" / "differences.json").read_text())
PAGE = (ORACLE.parents[1] / "docs" / "components.md").read_text()
REASONS = ("random", "differs", "composed", "data")


def sections() -> dict[str, str]:
    """Return the page's sections by ``kind:name``."""
    found, kind = {}, ""
    for part in re.split(r"^(?=##+ )", PAGE, flags=re.MULTILINE)[1:]:
        marks, heading = part.splitlines()[0].split()
        if marks == "##":
            kind = {"losses": "loss", "strategies": "strategy"}.get(heading, heading.removesuffix("s"))
        else:
            found[f"{kind}:{heading}"] = part
    return found


def with_committed_values() -> set[str]:
    """Return the components whose peers' values are in the folder ``values``."""
    found = set()
    for path in (ORACLE / "values").glob("*.npz"):
        with np.load(path) as values:
            if path.stem == "activations":
                found |= {f"activation:{spec.partition('(')[0]}" for spec in [*values["specs"].tolist(), "prelu"]}
            elif path.stem == "metrics":
                found |= {f"metric:{case.partition('(')[0].partition('|')[0]}" for case in values["names"].tolist()}
            elif path.stem in ("losses", "optimizers", "schedules"):
                kind = {"losses": "loss"}.get(path.stem, path.stem.removesuffix("s"))
                specs = {re.split(r"[(|]", name)[0] for name in values.files}
                specs -= {"inputs/" + name for name in specs} | {"after", "steps", "losses", "plateaus"}
                found |= {f"{kind}:{spec}" for spec in specs if "/" not in spec}
            else:
                found.add(f"layer:{path.stem}")
    return found


def test_all_components_on_the_page_are_listed_and_no_others() -> None:
    assert sections().keys() == COUNTERPARTS.keys()


@pytest.mark.parametrize("component", COUNTERPARTS)
def test_the_page_has_the_counterpart_and_the_difference_or_the_reason(component: str) -> None:
    line = re.search(r"^\*Counterpart\.\* (.*)$", sections()[component], re.MULTILINE)[1]  # type: ignore[index]
    if component in DIFFERENCES:
        figures = ", ".join(rf"(0|[\d.]+e-\d\d) in {dtype}" for dtype in sorted(DIFFERENCES[component], reverse=True))
        assert re.fullmatch(rf"`[\w.]+`(, written out)?; largest difference {figures}\.", line)
    else:
        assert re.fullmatch(rf"none\.|`[\w.]+` \(({'|'.join(REASONS)})\)\.", line)


@pytest.mark.parametrize("component", DIFFERENCES)
def test_no_difference_is_larger_than_promised(component: str) -> None:
    assert "float64" in DIFFERENCES[component]
    for dtype, difference in DIFFERENCES[component].items():
        assert 0 <= difference <= TOLERANCE[dtype]


def test_both_types_are_compared_wherever_there_are_arrays() -> None:
    one_type = {component for component, seen in DIFFERENCES.items() if set(seen) != set(TOLERANCE)}
    assert {component.partition(":")[0] for component in one_type} == {"schedule"}


def test_every_component_with_committed_values_is_compared_live_too() -> None:
    assert len(with_committed_values()) > 50
    assert with_committed_values() <= DIFFERENCES.keys()


@pytest.mark.parametrize("component", COUNTERPARTS)
def test_counterparts_are_there(component: str) -> None:
    name = COUNTERPARTS[component].partition(" ")[0].rstrip(",")
    if name != "none":
        pytest.importorskip(name.partition(".")[0])
        assert pkgutil.resolve_name(name)
