"""The structure: which way imports point, that no files import each other in a circle, and the pages that show it."""

import ast
import re
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
SUPPORT = {
    "accelerators",
    "autodiff",
    "commands",
    "dataloaders",
    "divergence",
    "hints",
    "images",
    "parallel",
    "persistence",
    "reports",
    "tables",
    "terminal",
    "testing",
}
PACKAGES = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())
COMPONENTS = [name for name in PACKAGES if name not in SUPPORT]


def sources(package: str) -> list[Path]:
    return [file for file in (ROOT / "plugins" / package).rglob("*.py") if "templates" not in file.parts]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    packages = ["glassnet", *(f"glassnet_{name}" for name in PACKAGES)]
    return grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Return the groups of modules of which each imports each other one, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in index:
                visit(imported)
                low[module] = min(low[module], low[imported])
            elif imported in stack:
                low[module] = min(low[module], index[imported])
        if low[module] == index[module]:
            group = [stack.pop()]
            while group[-1] != module:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in index:
            visit(module)
    return found


def test_the_finder_of_circles_finds_one():
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == [["a", "b", "c"]]


def test_no_files_import_each_other_in_a_circle(graph):
    assert circles(graph) == []


@pytest.mark.parametrize("package", COMPONENTS)
def test_components_import_public_names_alone(package):
    private = []
    for file in sources(package):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            private += [f"{file.name}: {name}" for name in names if name.startswith("glassnet.")]
    assert private == []


def test_every_package_is_in_the_contracts():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    contracts = text[text.index("[[tool.importlinter.contracts]]") :]
    assert [name for name in PACKAGES if f"glassnet_{name}" not in contracts] == []


def test_the_picture_shows_the_imports_as_they_are(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import structure_picture

    assert (ROOT / "docs" / "structure.svg").read_text("utf-8") == structure_picture.picture(), (
        "run python tools/structure_picture.py"
    )
    sys.modules.pop("structure_picture")


def test_the_reading_order_is_as_long_as_the_page_says():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    order = page[page.index("## The whole idea") : page.index("## The path of a name")]
    files = [ROOT / "docs" / target for target in re.findall(r"\]\((\.\./[^)]+\.py)\)", order)]
    lines = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    assert 900 <= lines <= 1300
