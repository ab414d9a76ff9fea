"""Files of a run that users look at hold every character, and show none that changes a terminal."""

import json
import string
import tomllib

import glassnet as gn
from glassnet_persistence.run_files import write_json
from tests.attack.recipes import command

NAMES = ["\x1b[2J", "\x07", "\x9b31m", "\u202ecat", "\u2028", "\x7f", "é", "\u00a0", "\U000e0001", 'a"b\\\n', "日本"]


def test_json_has_the_values_and_no_control_characters(tmp_path):
    path = tmp_path / "summary.json"
    write_json(path, {"classes": NAMES, **dict.fromkeys(NAMES, 1)})
    text = path.read_text("utf-8")
    assert json.loads(text) == {"classes": NAMES, **dict.fromkeys(NAMES, 1)}
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "é" in text
    assert "日本" in text


def test_an_experiment_has_the_values_and_no_control_characters():
    layers, dataset = [gn.layers.dense(2)], gn.datasets.csv("a.csv", target=NAMES[0], ignore=tuple(NAMES[1:]))
    text = gn.Experiment(layers=layers, loss="mse", optimizer="sgd", dataset=dataset).to_toml()
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "日本" in text
    again = gn.Experiment(**_without_format(tomllib.loads(text))).dataset
    assert (again.target, *again.ignore) == tuple(NAMES)


def _without_format(content):
    return {name: value for name, value in content.items() if name != "format"}


def test_the_page_of_a_table_has_no_control_characters(tmp_path):
    rows = [
        {"a": number, "\x1b[2Jb": f"{'xy'[number % 2]}\u202e", "kind": "\x9bp" if number % 3 else "q"}
        for number in range(30)
    ]
    (tmp_path / "table.json").write_text(json.dumps(rows))
    run = tmp_path / "run"
    options = ("--target", "kind", "--epochs", "1", "--no-plots", "--quiet")
    code, _, errors = command("train", str(tmp_path / "table.json"), "--out", str(run), *options)
    assert code == 0, errors
    for name in ("columns.html", "summary.json"):
        text = (run / name).read_text("utf-8")
        assert all(each.isprintable() or each in string.whitespace for each in text)
        assert "[2Jb" in text or name == "summary.json"
