"""The structure: which way imports point, that no files import each other in a circle, and the pages that show it."""

import ast
import io
import re
import sys
import tokenize
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
SUPPORT = {
    "accelerators",
    "arrays",
    "autodiff",
    "averaging",
    "commands",
    "comparison",
    "dataloaders",
    "distributed",
    "divergence",
    "doctor",
    "files",
    "fusion",
    "explanations",
    "frameworks",
    "hints",
    "images",
    "inputs",
    "inspection",
    "lab",
    "machine_code",
    "memory",
    "names",
    "onnx",
    "parallel",
    "persistence",
    "plots",
    "reports",
    "runs",
    "serving",
    "settings",
    "sharing",
    "splits",
    "standalone",
    "stepwise",
    "surgery",
    "sweeps",
    "sklearn",
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


# Imports for type checkers alone that close a circle: hooks are documented with the type of the run that they get.
TYPES_ALONE = {("glassnet.run.run_hooks", "glassnet.training.run")}


def test_imports_for_types_close_no_circle_but_those_that_are_named():
    packages = ["glassnet", *(f"glassnet_{name}" for name in PACKAGES)]
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=False, cache_dir=None)
    for importer, imported in TYPES_ALONE:
        assert graph.direct_import_exists(importer=importer, imported=imported), f"{importer}: no longer needed"
        graph.remove_import(importer=importer, imported=imported)
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


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_read_the_types_of_each_package(package):
    assert (ROOT / "plugins" / package / f"glassnet_{package}" / "py.typed").is_file()


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


def test_no_two_places_share_ten_lines():
    places: dict[tuple[str, ...], set[str]] = {}
    for folder in ("core", "plugins"):
        for file in (ROOT / folder).rglob("*.py"):
            lines = [line for line in map(str.strip, file.read_text("utf-8").splitlines()) if line]
            for start in range(len(lines) - 9):
                if "templates" not in file.parts:
                    places.setdefault(tuple(lines[start : start + 10]), set()).add(f"{file.name}: {start}")
    assert [found for found in places.values() if len(found) > 1] == []


# --- how large the kernel may be -----------------------------------------------------------------------------------

KERNEL = ROOT / "core" / "glassnet"


def lines_of_code(file: Path) -> int:
    """Return the number of lines that are neither blank, comment nor docstring."""
    text = file.read_text("utf-8")
    documented = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    no_code = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in no_code:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def test_lines_of_code_are_counted_without_blanks_comments_and_docstrings(tmp_path):
    file = tmp_path / "sample.py"
    code = ["x = 1  # code", "def f():", '    """Text."""', "    return (", "        x", "    )"]
    file.write_text("\n".join(['"""A docstring', 'of two lines."""', "", "# a comment", *code, ""]))
    assert lines_of_code(file) == 5


def test_the_kernel_is_small():
    lines = {file: lines_of_code(file) for file in KERNEL.rglob("*.py")}
    packages = {
        folder: sum(n for file, n in lines.items() if file.parent == folder)
        for folder in KERNEL.iterdir()
        if folder.is_dir()
    }
    packages = {folder.name: total for folder, total in packages.items() if total}
    assert sum(lines.values()) <= 4005
    assert len(lines) <= 58
    assert len(packages) <= 8
    assert max(packages.values()) <= 690, packages
    without_specs = {"__init__.py", "spec.py", "hookspecs.py", "message_hooks.py"}
    registry = [n for file, n in lines.items() if file.parent.name == "registry" and file.name not in without_specs]
    assert sum(registry) <= 470


def test_files_and_functions_of_the_kernel_are_short():
    for file in KERNEL.rglob("*.py"):
        text = file.read_text("utf-8")
        assert len(text.splitlines()) <= 250, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 40, (file, node.name)


def test_a_tilde_before_no_user_stays_in_a_path():
    # Path.expanduser raises RuntimeError if there is no such user; os.path.expanduser leaves the path as it is.
    files = [*(ROOT / "core").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    assert files
    assert [str(file) for file in files if ".expanduser()" in file.read_text("utf-8")] == []


# --- tests ---------------------------------------------------------------------------------------------------------

TESTS = ROOT / "tests"


def folders(parent: Path) -> set[str]:
    return {path.name for path in parent.iterdir() if path.is_dir() and any(path.glob("*.py"))}


def test_folders_of_tests_are_named_after_those_of_the_code():
    assert folders(TESTS / "core") <= folders(KERNEL)
    assert folders(TESTS / "plugins") <= {*PACKAGES}


def test_names_of_tests_have_at_most_70_characters():
    long = [
        (file.name, node.name)
        for file in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name) > 70
    ]
    assert long == []
