"""The three worked examples on the page about your data run as they stand."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from glassnet_commands.command_line import main

PAGE = (Path(__file__).parents[1] / "docs" / "your-data.md").read_text("utf-8")
RNG = np.random.default_rng(0)
QUICK = ["--epochs", "3", "--no-plots", "--quiet"]


def write(path, header, rows):
    Path(path).write_text("\n".join([header, *(";".join(map(str, row)) for row in rows)]) + "\n", "utf-8")


def homes(count):
    for number in range(count):
        size = "" if number % 20 == 0 else f"{RNG.uniform(20, 90):.1f}".replace(".", ",")
        yield (
            f"h{number}",
            ["Ulm", "Bonn", "Köln"][number % 3],
            size,
            f"{RNG.uniform(400, 900):.2f} €".replace(".", ","),
        )


def patients(count):
    for number in range(count):
        yield f"p{number % 20}", RNG.integers(20, 90), ["no", "yes"][RNG.integers(2)]


def sales(count):
    for number in range(count):
        yield f"2024-{1 + number % 12:02d}-{1 + number % 28:02d}", RNG.integers(9), round(float(RNG.uniform(1, 9)), 2)


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, count in (("homes", 90), ("new_homes", 5), ("more_homes", 20)):
        write(f"{name}.csv", "id;city;size;rent", homes(count))
    write("patients.csv", "patient;age;ill", patients(100))
    write("sales.csv", "date;shop;sold", sales(80))


@pytest.mark.parametrize("example", ["homes", "patients"])
def test_the_commands_of_the_page_run(tables, example, capsys):
    (block,) = re.findall(rf"<!-- {example} -->\n```\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        command = shlex.split(line)[1:]
        code = main([*command, *QUICK] if command[0] == "train" else command)
        assert code == 0, capsys.readouterr().err
    if example == "homes":
        assert len(Path("predictions.csv").read_text("utf-8").splitlines()) == 6
        assert "regression of rent in €" in Path("runs/homes-1/columns.html").read_text("utf-8")
        assert re.search(r"^mean_absolute_error +\d", capsys.readouterr().out, re.MULTILINE)
    else:
        assert Path("runs/patients-1/out_of_fold.csv").exists()


def test_the_example_in_python_tells_who_buys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["names"] == ["no", "yes"]
    np.testing.assert_array_equal(names["again"], names["chances"])
