"""Runs side by side: what differs, and where those part that should be equal."""

import re

import pytest

import glassnet as gn


def test_equal_runs_have_the_same_bytes(glassnet, runs):
    runs("a"), runs("b")
    done = glassnet("compare", "a", "b")
    assert done.code == 0
    assert "a and b are equal: the same bytes of model and history" in done.out
    for part in ("settings", "data", "versions"):
        assert f"{part}: the same" in done.out


def test_settings_and_results_that_differ_are_listed(glassnet, runs):
    runs("a"), runs("b", "--lr", "0.2", "--batch-size", "2"), runs("c", "--layers", "dense(3) tanh dense(1) sigmoid")
    found = glassnet("compare", "a", "b", "c", "--json").plain
    assert found["settings"] == {
        "optimizer": ["adam(lr=0.1)", "adam(lr=0.2)", "adam(lr=0.1)"],
        "batch_size": ["4", "2", "4"],
        "layers[0]": ["dense(8)", "dense(8)", "dense(3)"],
    }
    assert [each["should_be_equal"] for each in found["pairs"]] == [False, False]
    last = [found["curves"][name][-1]["loss"] for name in "abc"]
    assert found["results"]["loss"] == last
    assert (
        found["results"]["test loss"][1]
        == gn.load("b/model.safetensors").evaluate(gn.datasets.xor().load().test, loss="bce")["loss"]
    )


def test_other_data_are_told(glassnet, runs):
    runs("a", data="moons(noise=0.3)"), runs("b", data="moons(noise=0.2)")
    data = glassnet("compare", "a", "b", "--json").plain["data"]
    assert data["dataset"] == ["moons(noise=0.3)", "moons(noise=0.2)"]
    assert "x" in data


def test_a_longer_run_begins_as_the_shorter_one(glassnet, runs):
    runs("a"), runs("b", "--epochs", "20")
    done = glassnet("compare", "a", "b")
    assert done.code == 0
    assert "the epochs that both have are the same" in done.out


def test_runs_that_should_be_equal_part_at_a_step_and_a_layer(glassnet, runs):
    gn.use_accelerators(False)
    try:
        runs("a")
    finally:
        gn.use_accelerators(None)
    runs("b")
    done = glassnet("compare", "a", "b")
    assert done.code == 1
    assert re.search(r"mode +reference +accelerated", done.out)
    assert "a and b should be equal, and are not" in done.out
    assert re.search(r"trained again here, they part at step \d+ \(epoch \d+\), in the \w+", done.out)
    assert "trained again" not in glassnet("compare", "a", "b", "--no-repeat").out


def test_a_run_whose_files_were_changed_is_told(glassnet, runs):
    runs("a")
    changed = runs("b") / "history.csv"
    lines = changed.read_text().splitlines()
    lines[3] = re.sub(r",[\d.e-]+,", ",0.125,", lines[3])
    changed.write_text("\n".join(lines) + "\n")
    done = glassnet("compare", "a", "b")
    assert done.code == 1
    assert "loss of epoch 3" in done.out
    assert "and 0.125" in done.out
    assert "trained again here, both give the same" in done.out


def test_the_page_has_a_curve_for_each_run_and_needs_no_other_file(glassnet, runs, here):
    runs("a"), runs("b", "--epochs", "5", "--lr", "0.2")
    assert glassnet("compare", "a", "b", "--html", "both.html").code == 0
    page = (here / "both.html").read_text()
    points = [each.split() for each in re.findall(r'points="([^"]*)"', page)]
    assert [len(each) for each in points] == [12, 5, 12, 5]  # loss, accuracy
    assert "epoch 1<" in page
    assert not re.search(r"https?:|<link|<img|src=|<script", page.replace("http://www.w3.org", ""))
    assert "<table" in gn.compare("a", "b")._repr_html_()


def test_runs_from_python_are_trained_again_with_their_data(tmp_path):
    data = gn.datasets.xor().load().train
    for name, mode in (("a", True), ("b", False)):
        gn.use_accelerators(mode)
        network = gn.Network("dense(4) tanh dense(1) sigmoid")
        options = {"loss": "bce", "optimizer": "adam(lr=0.1)", "epochs": 20, "progress": False}
        network.fit(data, folder=tmp_path / name, **options)
    gn.use_accelerators(None)
    (pair,) = gn.compare(tmp_path / "a", tmp_path / "b").pairs
    assert pair.is_equal is False
    assert "give what fit() was given" in pair.repeated
    (pair,) = gn.compare(tmp_path / "a", tmp_path / "b", x=data).pairs
    assert pair.parting.step >= 1


def test_a_run_from_python_and_one_alone(tmp_path):
    data = gn.datasets.xor().load().train
    for name, lr in (("a", 0.1), ("b", 0.2)):
        network = gn.Network("dense(2) tanh dense(1) sigmoid")
        network.fit(data, loss="bce", optimizer=f"sgd(lr={lr})", folder=tmp_path / name, progress=False)
    found = gn.compare(tmp_path / "a", tmp_path / "b")
    assert found.differences("settings") == {"optimizer": ["sgd(lr=0.1)", "sgd(lr=0.2)"]}
    with pytest.raises(gn.OptionError, match="it takes two or more"):
        gn.compare(tmp_path / "a")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("summary.json", '{"findings": "x"}'),
        ("summary.json", '{"findings": [{"rule": 1}]}'),
        ("environment.json", '{"distributions": ["numpy"]}'),
        ("environment.json", '{"threads": "2"}'),
        ("record.json", '{"names": ["0.weights"], "samples": [[0, "low", [1.0]]]}'),
        ("record.json", '{"names": ["0.weights"], "samples": [[0, 1.0, [1.0]]]}'),
        ("record.json", '{"names": 3, "samples": []}'),
        ("history.csv", "epoch,loss\n1,low\n"),
    ],
)
def test_a_damaged_file_of_a_run_is_named(runs, name, content):
    folder = runs("damaged")
    (folder / name).write_text(content)
    with pytest.raises(gn.FileError, match=re.escape(name)):
        gn.compare(folder, folder)
