"""The page *What happens in a step*: its numbers are those that its code prints, and its commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NUMBER = re.compile(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?(?![\w.])")
PRINT_PAGE = "import sys; from step_page import pages; sys.stdout.write(pages()[sys.argv[1]])"


@pytest.mark.parametrize("name", ["step.md", "tape.md"])
def test_the_page_is_what_its_code_prints(name: str):
    written = (ROOT / "docs" / name).read_text("utf-8")
    made = subprocess.run(
        [sys.executable, "-c", PRINT_PAGE, name], cwd=ROOT / "tools", capture_output=True, text=True, check=True
    ).stdout
    advice = "run python tools/step_page.py"
    assert NUMBER.sub("#", written) == NUMBER.sub("#", made), advice
    pairs = zip(NUMBER.findall(written), NUMBER.findall(made), strict=True)
    # Another processor may round the last digit in another way.
    assert all(float(one) == pytest.approx(float(other), rel=1e-3, abs=1e-9) for one, other in pairs), advice


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "tools" / "pages" / page).read_text("utf-8")
    return [
        code
        for named, code in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if named == language
    ]


def test_its_python_runs():
    names: dict[str, object] = {}
    for block in blocks("step.md", "python"):
        exec(block.replace("print(", "str("), names)
    assert max(names["worst"].values()) < 1e-6
    assert set(names["step"].updates) == {"1.weights", "1.bias", "3.weights", "3.bias"}


def test_its_commands_run(glassnet, here):
    lines = [line for block in blocks("step.md", "") for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("glassnet ")]
    mine, exercise = [block for block in blocks("step.md", "") if not block.startswith("glassnet ")]
    (here / "mine.csv").write_text(mine)
    (here / "exercise.csv").write_text(exercise)
    assert len(commands) == 10
    codes = {tuple(command[:4]): glassnet(*command).code for command in commands}
    assert codes.pop(("explain", "runs/xor", "--against", "mine.csv")) == 1
    assert set(codes.values()) == {0}
    assert (here / "step.html").is_file()


def test_the_readme_leads_there_at_once():
    first = (ROOT / "README.md").read_text("utf-8").splitlines()[:10]
    assert any("docs/step.md" in line for line in first)
