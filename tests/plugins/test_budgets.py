"""Components read as their formulas: short, in plain NumPy, and without a trick for speed."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

KINDS = (
    "activations",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "regularizers",
    "schedules",
)
PLUGINS = Path(__file__).parents[2] / "plugins"
FILES = sorted(path for kind in KINDS for path in (PLUGINS / kind).rglob("*.py"))

# Lines of code: a line that is blank, a comment or a docstring does not count.
MOST_LINES = 60
LARGE = {"conv2d.py", "focal.py", "gru.py", "lstm.py", "self_attention.py"}
MOST_LINES_OF_LARGE = 85
# Of the methods that hold the formula and its derivative, together.
FORMULA = {"forward", "backward", "per_sample", "update", "step", "penalty", "gradient", "project", "lr", "sample"}
MOST_FORMULA = 25
MOST_FORMULA_OF_ALL = 45
SHARE_WITHIN = 0.9

# What a formula needs: mathematics, the words for types, and files that this test counts too. So no helper with a trick
# is anywhere else.
ALLOWED_MODULES = {
    "__future__",
    "attrs",
    "collections",
    "functools",
    "itertools",
    "math",
    "typing",
    "numpy",
    "glassnet",
}
ALLOWED_MODULES |= {f"glassnet_{kind}" for kind in KINDS}
FORBIDDEN_NAMES = {"executor", "parallel_for", "num_workers", "num_free_workers", "buffer", "row_max"}


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that hold code."""
    lines: set[int] = set()
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in blank:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def formula_lines(source: str) -> int:
    """Return the number of lines of the methods that hold the formula, in the class that has most."""
    code = code_lines(source)
    counts = [0]
    for each in ast.walk(ast.parse(source)):
        if isinstance(each, ast.ClassDef):
            methods = [node for node in each.body if isinstance(node, ast.FunctionDef) and node.name in FORMULA]
            counts.append(sum(len(code & set(range(node.lineno, (node.end_lineno or 0) + 1))) for node in methods))
    return max(counts)


def test_lines_are_counted_by_hand():
    source = (
        '"""One."""\n\nx = 1  # two\n# three\n\n\nclass A:\n    """Four."""\n\n'
        "    def forward(self):\n        return (\n            1\n        )\n"
    )
    assert sorted(code_lines(source)) == [3, 7, 10, 11, 12, 13]
    assert formula_lines(source) == 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_a_component_is_short(path):
    lines = len(code_lines(path.read_text(encoding="utf-8")))
    assert lines <= (MOST_LINES_OF_LARGE if path.name in LARGE else MOST_LINES)


def test_formulas_are_short():
    counts = {path.name: count for path in FILES if (count := formula_lines(path.read_text(encoding="utf-8")))}
    assert max(counts.values()) <= MOST_FORMULA_OF_ALL, counts
    longer = [name for name, count in counts.items() if count > MOST_FORMULA]
    assert len(longer) <= (1 - SHARE_WITHIN) * len(counts), longer


def imported(tree: ast.AST) -> set[str]:
    """Return the first names of the modules that a file imports."""
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
    return modules


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_trick_for_speed_is_in_a_component(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert imported(tree) <= ALLOWED_MODULES
    assert not {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & FORBIDDEN_NAMES


def test_a_trick_elsewhere_is_seen():
    assert imported(ast.parse("from glassnet_fusion.loop import a\nimport concurrent.futures")) - ALLOWED_MODULES == {
        "glassnet_fusion",
        "concurrent",
    }
