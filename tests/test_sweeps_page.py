"""The commands and the code on the page about sweeps run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from glassnet_commands.command_line import main

PAGE = (Path(__file__).parents[1] / "docs" / "sweeps.md").read_text("utf-8")


def commands(name):
    block = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", PAGE, re.DOTALL)[1]
    return [shlex.split(line)[1:] for line in block.splitlines()]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_of_the_page_run(here, capsys):
    for name in ("sweep", "compare", "verify"):
        for command in commands(name):
            assert main(command) == 0, command
    out = capsys.readouterr().out
    assert "page      digits-sweep/sweep.html" in out
    assert "digits-sweep/trial-000: repeated to the same bytes" in out
    assert (here / "both.html").is_file()


def test_the_python_of_the_page_runs(here):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(code, names)
    assert set(names["found"].best.settings) == {"lr", "rate"}
    assert (here / "sweep.html").is_file()


def test_every_strategy_is_on_the_page():
    import glassnet as gn

    listed = re.findall(r"^\| `(\w+)(?:\([^)]*\))?` \| [a-z]", PAGE, re.MULTILINE)
    assert set(dir(gn.strategies)) <= set(listed)
