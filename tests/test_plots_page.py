"""The page of plots: its commands and its code run, and it shows each kind, in small pictures."""

import re
import shlex
import sys
from pathlib import Path

from PIL import Image

from glassnet.registry.registry import registry
from glassnet_commands.command_line import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "plots.md").read_text("utf-8")
PICTURES = ROOT / "docs" / "images" / "plots"
MOST_BYTES, MOST_IN_ALL = 100_000, 250_000


def test_the_commands_of_the_page_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"<!-- commands -->\n```\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        command = shlex.split(line)[1:]
        quick = ["--epochs", "1", "--no-plots", "--quiet"] if command[0] == "train" else []
        assert main([*command, *quick]) == 0, capsys.readouterr().err
    assert Path("boundary.gif").is_file()
    assert Path("runs/moons-1/loss_landscape.png").is_file()
    assert Path("lr_range_test.png").is_file()


def test_the_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(compile(block, "plots.md", "exec"), names)
    net, data = names["net"], names["data"]
    assert names["drawing"].numbers["loss"].shape == (9, 9)
    assert abs(names["drawing"].numbers["loss"][4, 4] / net.evaluate(data.train)["loss"] - 1) < 0.2
    assert Path("landscape.svg").is_file()


def test_each_kind_has_a_section_with_a_picture():
    sections = re.split(r"^### (\w+)$", PAGE, flags=re.MULTILINE)
    shown = dict(zip(sections[1::2], sections[2::2], strict=True))
    own = [name for name in registry.names("plot") if ":" not in name]
    assert sorted(shown) == own
    for text in shown.values():
        assert re.search(r"!\[\]\(images/plots/\w+\.(png|gif)\)", text)


def test_pictures_are_small_and_all_are_shown():
    files = sorted(PICTURES.iterdir())
    assert sorted(set(re.findall(r"images/plots/([\w.]+)", PAGE))) == [file.name for file in files]
    assert max(file.stat().st_size for file in files) < MOST_BYTES
    assert sum(file.stat().st_size for file in files) < MOST_IN_ALL


def test_the_command_that_draws_the_pictures_draws(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import plot_pictures

    assert sorted(plot_pictures.PICTURES) == sorted(file.name for file in PICTURES.iterdir())
    short = ["digits", "--layers", "flatten dense(10) softmax", "--epochs", "1"]
    monkeypatch.setitem(plot_pictures.RUNS, "digits", short)
    plot_pictures.draw(tmp_path, tmp_path / "runs", ["curves.png"])
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 300
    sys.modules.pop("plot_pictures")
