"""Whether a run is repeated to the same bytes, and what differs if not."""

import json

import numpy as np
import pytest

import glassnet as gn

FILES = ("model.safetensors", "history.csv")


def test_a_run_is_repeated_and_stays_as_it_is(glassnet, runs):
    folder = runs("a", "--callbacks", "csv_history('mine.csv')")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = glassnet("verify", "a")
    assert (done.code, done.out) == (0, "a: repeated to the same bytes (model same, history same)\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("iris", ["--validation", "0.2", "--callbacks", "early_stopping(patience=2)"]),
        ("xor", ["--dtype", "float64", "--schedule", "cosine"]),
        ("xor", ["--layers", "dense(8) dropout(0.3) tanh dense(1) sigmoid"]),
    ],
)
def test_runs_of_many_kinds_are_repeated(glassnet, runs, data, options):
    runs("a", *options, data=data)
    assert glassnet("verify", "a").code == 0


def test_a_table_is_repeated(glassnet, here):
    rows = "\n".join(f"{number},{number % 7},{2 * number}" for number in range(60))
    (here / "rows.csv").write_text(f"a,b,c\n{rows}\n")
    glassnet("train", "rows.csv", "--target", "c", "--epochs", "3", "--out", "a", "--quiet", "--no-plots")
    assert glassnet("verify", "a").code == 0


def test_the_reference_mode_is_repeated_in_it(glassnet, runs, monkeypatch):
    gn.use_accelerators(False)
    try:
        runs("a")
    finally:
        gn.use_accelerators(None)
    assert json.loads((runs("b") / "environment.json").read_text())["mode"] == "accelerated"
    assert glassnet("verify", "a").code == 0


def test_the_first_epoch_that_differs_is_named(glassnet, runs):
    folder = runs("a")
    lines = (folder / "history.csv").read_text().splitlines()
    epoch, loss, accuracy = lines[5].split(",")
    lines[5] = f"{epoch},{float(loss) + 0.5},{accuracy}"
    (folder / "history.csv").write_text("\n".join(lines) + "\n")
    done = glassnet("verify", "a")
    assert done.code == 1
    assert "a: not repeated (model same, history different)" in done.out
    assert f"loss of epoch 5: {float(loss) + 0.5!r} and {float(loss)!r}" in done.out
    assert "the recorded one was computed otherwise" in done.out


def test_a_parameter_that_differs_and_other_versions_are_named(glassnet, runs):
    folder = runs("a")
    network = gn.load(folder / "model.safetensors")
    network.parameters["2.bias"][...] += np.float32(0.5)
    network.save(folder / "model.safetensors")
    told = json.loads((folder / "environment.json").read_text())
    told["distributions"]["numpy"] = "1.0.0"
    (folder / "environment.json").write_text(json.dumps(told))
    found = gn.verify(folder)
    assert not found
    assert found.compared == {"model": False, "history": True}
    assert any("'2.bias' at the end, by at most 0.5" in each for each in found.differences)
    assert found.versions == [("numpy", "1.0.0", np.__version__)]
    assert json.loads(json.dumps(found.as_plain()))["is_same"] is False


def test_a_training_that_is_not_reproducible_is_told(runs):
    class Dice(gn.Callback):
        """Draws from random numbers that have no seed."""

        def on_after_backward(self, run):
            if run.step == 3:
                run.network.gradients[-1] += np.random.default_rng().random()

    with gn.registered("callback", "dice", Dice):
        found = gn.verify(runs("a", "--callbacks", "dice"))
    assert not found
    assert (found.parting.step, found.parting.where) == (4, "the gradient of '2.bias'")
    assert "not reproducible: they part at step 4" in str(found)


def test_a_run_of_fit_is_repeated_with_its_data(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    y = x.sum(axis=1, keepdims=True)
    network = gn.Network("dense(4) tanh dense(1)")
    network.fit(x, y, loss="mse", optimizer="sgd", epochs=4, folder=tmp_path / "a", progress=False)
    assert gn.verify(tmp_path / "a", x, y)
    with pytest.raises(gn.GlassnetError, match="data"):
        gn.verify(tmp_path / "a")
    assert "the data: x given now is not that of the run" in gn.verify(tmp_path / "a", x + 1, y).differences


def test_a_run_that_was_broken_off_is_repeated_up_to_there(tmp_path):
    class Break(gn.Callback):
        def on_batch_end(self, run):
            if run.step == 7:
                run.save_state()
                raise KeyboardInterrupt

    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    y = x.sum(axis=1, keepdims=True)
    network = gn.Network("dense(4) tanh dense(1)")
    options = {"loss": "mse", "optimizer": "adam", "epochs": 9, "batch_size": 16, "callbacks": [Break()]}
    with pytest.raises(KeyboardInterrupt):
        network.fit(x, y, folder=tmp_path / "a", progress=False, **options)
    found = gn.verify(tmp_path / "a", x, y)
    assert found
    assert found.compared == {"parameters": True, "history": True}


def test_a_run_that_diverged_is_repeated(glassnet, runs):
    runs("a", "--layers", "dense(4) relu dense(1)", "--loss", "mse", "--optimizer", "sgd(lr=1e12)")
    done = glassnet("verify", "a")
    assert (done.code, done.out) == (0, "a: repeated to the same bytes (divergence same, history same)\n")


def test_a_folder_that_is_not_a_run_is_told(glassnet):
    done = glassnet("verify", "nothing")
    assert (done.code, "nothing is not the folder of a run" in done.err) == (2, True)


def test_a_verification_is_a_page_and_a_cell_of_a_notebook(glassnet, runs, here):
    runs("a")
    assert glassnet("verify", "a", "--html", "page.html").code == 0
    page = (here / "page.html").read_text()
    assert "Verification of a" in page
    assert "repeated to the same bytes" in page
    assert "<script" not in page
    found = gn.verify("a")
    found.compared["history"] = False
    assert "different" in found._repr_html_()
    with pytest.raises(gn.FileError, match="verifications are written as HTML"):
        found.save("page.txt")
