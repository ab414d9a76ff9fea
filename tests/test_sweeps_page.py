"""The commands and the code on the page about sweeps run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

import glassnet as gn
from glassnet_commands.command_line import main

PAGE_FOLDER = Path(__file__).parents[1] / "docs"
PAGE = (PAGE_FOLDER / "sweeps.md").read_text("utf-8")


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


def test_the_strategy_on_the_page_about_extending_searches_near_the_best(here):
    text = (PAGE_FOLDER / "extending.md").read_text("utf-8")
    names = {"gn": gn}
    exec(re.search(r"```python\n(class NearTheBest.*?)```", text, re.DOTALL)[1], names)
    with gn.registered("strategy", "near_the_best", names["NearTheBest"]):
        asked = {"vary": {"lr": "1e-4..1:log"}, "trials": 16, "strategy": "near_the_best(spread=0.01)"}
        found = gn.sweep(None, "xor", **asked, epochs=20, progress=False)
    best = found.best.settings["lr"]
    assert all(best / 3 < each.settings["lr"] < best * 3 for each in found.trials[11:])


def test_every_strategy_is_on_the_page():
    listed = re.findall(r"^\| `(\w+)(?:\([^)]*\))?` \| [a-z]", PAGE, re.MULTILINE)
    assert set(dir(gn.strategies)) <= set(listed)
