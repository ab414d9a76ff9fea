"""Files that somebody else wrote: where they may write, what they may say, and how it is shown."""

import json
from pathlib import Path

import pytest

EXPERIMENT = """
format = 1
loss = "bce"
optimizer = "sgd"
layers = ["dense(2)", "tanh", "dense(1)", "sigmoid"]
dataset = "xor"
epochs = 2
callbacks = ["csv_history(path='PATH')"]
"""


def experiment(folder, path):
    (folder / "e.toml").write_text(EXPERIMENT.replace("PATH", path))
    return "e.toml"


@pytest.fixture
def outside(tmp_path):
    file = tmp_path / "precious.csv"
    file.write_text("keep me")
    return file


@pytest.mark.parametrize("how", ["absolute", "relative", "through a link", "below home"])
def test_an_experiment_file_writes_nowhere_but_into_the_run(how, glassnet, here, outside, monkeypatch):
    monkeypatch.setenv("HOME", str(outside.parent))
    (here / "out").mkdir()
    (here / "out" / "link").symlink_to(outside.parent)
    paths = {"absolute": str(outside), "relative": "../../precious.csv", "through a link": "link/precious.csv"}
    result = glassnet("train", experiment(here, paths.get(how, "~/precious.csv")), "--out", "out", "--no-plots")
    assert outside.read_text() == "keep me"
    if how == "below home":  # a folder called ~
        return
    assert result.code == 2
    assert "leads out of out, so nothing is written there" in result.err
    assert "--allow-outside" in result.err


def test_a_relative_path_of_an_experiment_starts_from_the_run(glassnet, here):
    assert glassnet("train", experiment(here, "sub/x.csv"), "--out", "out", "--no-plots").code == 0
    assert (here / "out" / "sub" / "x.csv").read_text() == (here / "out" / "history.csv").read_text()
    assert not (here / "sub").exists()
    assert "path='sub/x.csv'" in (here / "out" / "experiment.toml").read_text()
    assert glassnet("train", "out/experiment.toml", "--out", "again", "--no-plots").code == 0
    assert (here / "again" / "sub" / "x.csv").exists()


def test_the_command_line_may_write_anywhere(glassnet, here, outside):
    given = ("--callbacks", f"csv_history(path={str(outside)!r})", "--epochs", "2", "--no-plots")
    assert glassnet("train", "xor", *given, "--out", "a").code == 0
    assert outside.read_text().startswith("epoch,")
    outside.write_text("keep me")
    assert glassnet("train", "a/experiment.toml", "--out", "b", "--no-plots").code == 2
    assert outside.read_text() == "keep me"
    assert glassnet("train", "a/experiment.toml", "--out", "b", "--no-plots", "--allow-outside").code == 0
    assert outside.read_text().startswith("epoch,")


def test_a_change_is_an_error_unless_it_is_allowed(glassnet, here):
    assert glassnet("train", "xor", "--epochs", "3", "--out", "run", "--no-plots").code == 0
    changed = ("train", "--resume", "run", "--epochs", "5", "--lr", "0.5", "--no-plots")
    result = glassnet(*changed)
    assert result.code == 2
    assert "the saved run has optimizer=" in result.err
    assert "--allow-changes" in result.err
    assert glassnet(*changed, "--allow-changes").code == 0
    [change] = json.loads(Path("run/environment.json").read_text())["changes"]
    assert change["epoch"] == 3
    assert "optimizer=" in change["differences"][0]


def test_allow_changes_goes_with_resume(glassnet):
    result = glassnet("train", "xor", "--allow-changes")
    assert (result.code, "--allow-changes goes with --resume" in result.err) == (2, True)


# --- what they say -----------------------------------------------------------------------------------------------

SUMMARIES = {
    "a list": "[]",
    "too deep": "[" * 100_000,
    "not UTF-8": b"\xff\xfe",
    "inputs text": {"inputs": "0"},
    "inputs mean text": {"inputs": {"pixels": True, "mean": "x"}},
    "classes a number": {"classes": 3},
    "classes of numbers": {"classes": [1, 2]},
    "task a list": {"task": []},
    "epochs negative": {"epochs": -1},
    "epochs text": {"epochs": "9", "interrupted": False},
    "test a list": {"test": [1]},
    "a number that is too long": '{"epochs": ' + "9" * 5000 + "}",
}


@pytest.fixture
def run(glassnet, here):
    assert glassnet("train", "iris", "--epochs", "1", "--out", "run", "--no-plots", "--quiet").code == 0
    import numpy as np

    np.save(here / "x.npy", np.zeros((1, 4), np.float32))
    return here / "run"


@pytest.mark.parametrize("what", SUMMARIES)
@pytest.mark.parametrize("command", [("predict", "run", "x.npy"), ("train", "--resume", "run")])
def test_a_summary_that_says_nonsense_is_an_error_in_one_line(what, command, glassnet, run):
    content = SUMMARIES[what]
    if isinstance(content, dict):
        content = json.dumps(content)
    (run / "summary.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    result = glassnet(*command)
    assert result.code == 2, result
    assert result.err.startswith("error: run/summary.json")
    assert len(result.err) < 1100


@pytest.mark.parametrize("content", ["{", "[]", '{"files": 3}', '{"files": [1]}', "[" * 100_000])
def test_an_environment_that_says_nonsense_is_an_error(content, glassnet, run):
    (run / "environment.json").write_text(content)
    (run / "experiment.toml").write_text((run / "experiment.toml").read_text().replace('"iris"', "\"csv('a', 'b')\""))
    result = glassnet("evaluate", "run")
    assert (result.code, result.err[:27]) == (2, "error: run/environment.json")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 50_000,
        "a = " + "9" * 5000,
        "format = true",
        "format = 2",
        "optimizer = 3",
        "layers = [[1]]",
        "loss = 1979-05-27",
        "validation = " + "9" * 400,
        'dataset = "csv(\\"a\\\\u0000\\", \\"b\\")"',
        'layers = ["dense(' + "9" * 50 + ')"]',
    ],
    ids=lambda text: text[:16],
)
def test_an_experiment_that_says_nonsense_is_an_error_in_one_line(text, glassnet, here):
    good = EXPERIMENT.replace("PATH", "x.csv").strip().splitlines()
    name = text.partition(" =")[0]
    (here / "e.toml").write_text("\n".join([*(each for each in good if each.partition(" =")[0] != name), text]))
    result = glassnet("train", "e.toml", "--out", "out", "--no-plots")
    assert result.code == 2, result
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    assert len(result.err) < 1200


# --- how it is shown ---------------------------------------------------------------------------------------------

HOSTILE = "\x1b]0;pwned\x07\x1b[31mred\x9b2J\u202e"


def test_class_names_of_a_summary_do_not_steer_the_terminal(glassnet, run):
    content = json.loads((run / "summary.json").read_text())
    content["classes"] = [HOSTILE, "b", "c"]
    (run / "summary.json").write_text(json.dumps(content))
    result = glassnet("predict", "run", "x.npy")
    assert result.code == 0
    assert r"\x1b]0;pwned\x07\x1b[31mred\x9b2J\u202e" in result.out
    assert (result.out + result.err).replace("\n", "").isprintable()


def test_names_in_a_table_do_not_steer_the_terminal(glassnet, here):
    (here / "t.csv").write_text(f"a{HOSTILE},label\n1,x\n")
    result = glassnet("train", "t.csv", "--target", "b", "--layers", "dense(1)", "--loss", "mse", "--optimizer", "sgd")
    assert result.code == 2
    assert r"\x1b[31mred" in result.err
    assert result.err.replace("\n", "").isprintable()


def test_paths_do_not_steer_the_terminal(glassnet, here):
    result = glassnet("train", "xor", "--epochs", "1", "--no-plots", "--out", f"run{HOSTILE}")
    assert result.code == 0
    assert r"run\x1b]0;pwned" in result.out
    assert (result.out + result.err).replace("\n", "").isprintable()
