"""``glassnet explain``."""

from __future__ import annotations

import json
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_persistence.checkpoint import saved_state


def test_the_next_step_of_a_run_is_shown(glassnet, trained_on_xor):
    outcome = glassnet("explain", trained_on_xor, "--sample", "0:4")
    assert outcome.code == 0
    assert "# One training step" in outcome.out
    assert "4 samples through dense(8), tanh, dense(1), sigmoid" in outcome.out
    assert "| weight | before | gradient | momentum | scaling | change | after |" in outcome.out


def test_its_step_is_the_one_that_a_longer_training_takes(glassnet, trained_on_xor, tmp_path):
    outcome = glassnet("explain", trained_on_xor, "--sample", "0:4", "--json")
    content = json.loads(outcome.out)
    state = saved_state(trained_on_xor)
    assert content["step"] == state["step"]
    np.testing.assert_allclose(
        content["parameters"]["2.weights"], gn.load(trained_on_xor / "model.safetensors").parameters["2.weights"]
    )
    longer = tmp_path / "longer"
    shutil.copytree(trained_on_xor, longer)
    before = state["parameters"].copy()
    epochs = int(state["epochs"])
    assert glassnet("train", "--resume", longer, "--epochs", epochs + 1, "--quiet").code == 0
    after = saved_state(longer)["parameters"]
    change = np.concatenate([np.ravel(terms["total"]) for terms in content["updates"].values()])
    np.testing.assert_allclose(change, after - before, rtol=1e-3, atol=1e-6)  # the run computes in 32 bits


def test_a_model_file_needs_loss_and_optimizer(glassnet, trained_on_xor):
    model = trained_on_xor / "model.safetensors"
    assert "give --loss and --optimizer" in glassnet("explain", model, "xor").err
    outcome = glassnet("explain", model, "xor", "--loss", "bce", "--optimizer", "sgd(lr=0.5)")
    assert "The step size is 0.5" in outcome.out


def test_a_sample_that_is_not_there_is_named(glassnet, trained_on_xor):
    outcome = glassnet("explain", trained_on_xor, "--sample", "4")
    assert (outcome.code, outcome.err) == (2, "error: there is no sample 4 in 4 train samples; they count from 0\n")
    assert "such as 0:4" in glassnet("explain", trained_on_xor, "--sample", "x").err


def test_a_weight_is_followed_through_step_and_run(glassnet, trained_on_xor):
    outcome = glassnet("explain", trained_on_xor, "--weight", "0.weights[1,2]", "--sample", "0:4")
    assert "where its gradient comes from" in outcome.out
    assert "It ends with the recorded network." in outcome.out
    content = json.loads(glassnet("explain", trained_on_xor, "--weight", "0.weights[1,2]", "--json").out)
    recorded = float(gn.load(trained_on_xor / "model.safetensors").parameters["0.weights"][1, 2])
    assert content["course"]["value"][-1] == pytest.approx(recorded)
    assert content["value"] == pytest.approx(recorded)


def test_the_course_of_a_weight_is_a_picture(glassnet, trained_on_xor, tmp_path):
    assert glassnet("explain", trained_on_xor, "--weight", "0.weights[1,2]", "--save", tmp_path / "w.svg").code == 0
    picture = ElementTree.parse(tmp_path / "w.svg").getroot()
    texts = ["".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"value", "gradient", "terms of the change"} <= set(texts)
    assert "━ change● gradient● momentum● scaling● rest" in texts
    lines = list(picture.iter("{http://www.w3.org/2000/svg}polyline"))
    assert [len(line.get("points").split()) for line in lines] == [201, 200, 200, 200, 200, 200, 200]
    # The whole is a broad, pale line below its terms: a term that is nearly all of it lies within.
    assert [line.get("stroke-width") for line in lines] == ["1.5", "1.5", "6", *["1.5"] * 4]
    assert [line.get("stroke-opacity") for line in lines] == ["1", "1", "0.4", *["1"] * 4]


def test_the_course_of_a_weight_is_a_picture_of_pixels(glassnet, trained_on_xor, tmp_path):
    assert glassnet("explain", trained_on_xor, "--weight", "0.weights[1,2]", "--save", tmp_path / "w.png").code == 0
    with Image.open(tmp_path / "w.png") as picture:
        assert (picture.format, picture.width) == ("PNG", 979)
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    # The colours of the page: of the value, the gradient and the first two terms.
    assert all((pixels == colour).all(axis=1).any() for colour in ([204, 82, 40], [30, 96, 190]))


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_step_without_curves_is_no_picture(glassnet, trained_on_xor, tmp_path, ending):
    err = glassnet("explain", trained_on_xor, "--save", tmp_path / f"step.{ending}").err
    assert "has no curves; save it as .html" in err
    assert not (tmp_path / f"step.{ending}").exists()


def test_a_weight_that_is_not_there_is_named(glassnet, trained_on_xor):
    assert "there is no array '7.weights'" in glassnet("explain", trained_on_xor, "--weight", "7.weights[0]").err
    assert "has the shape (2, 8)" in glassnet("explain", trained_on_xor, "--weight", "0.weights[2,0]").err


def test_an_output_is_followed_back_to_the_inputs(glassnet, trained_on_xor):
    content = json.loads(glassnet("explain", trained_on_xor, "--output", "0", "--sample", "1", "--json").out)
    net = gn.load(trained_on_xor / "model.safetensors").copy(dtype="float64")
    x = np.array([[0.0, 1.0]])
    assert content["loss"] == pytest.approx(net.predict(x).item())
    slopes = [(net.predict(x + step) - net.predict(x - step)).item() / 2e-6 for step in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(content["layers"][0]["gradients"]["input"], [slopes], rtol=1e-6)
    page = glassnet("explain", trained_on_xor, "--output", "0", "--sample", "0:4").out
    total = net.predict(gn.datasets.xor().load().train.x).sum()
    assert f"Output 0, summed over 4 samples, is {total:.5g}. A d before a name is the derivative of this" in page
    assert "derivative of the loss" not in page
    assert "1 output, which is 0" in glassnet("explain", trained_on_xor, "--output", "1").err


def test_own_numbers_are_compared(glassnet, trained_on_xor, tmp_path):
    content = json.loads(glassnet("explain", trained_on_xor, "--json").out)
    bias, slope = content["parameters"]["2.bias"][0], content["gradients"]["2.bias"][0]
    change = content["updates"]["2.bias"]["total"][0]
    file = tmp_path / "mine.csv"
    right = f"name,value\n# by hand\n2.bias[0],{bias:.3f}\nd2.bias[0],{slope:.4e}\n2.bias[0] change,{change:.6f}\n"
    file.write_text(right + f'"2.y[0, 0]",{content["layers"][2]["values"]["output"][0][0]:.2f}\n')
    outcome = glassnet("explain", trained_on_xor, "--against", file)
    assert outcome.code == 0
    assert "4 of 4 numbers agree" in outcome.out
    file.write_text(right + f"2.y[0,0],{content['layers'][2]['values']['output'][0][0] + 0.02:.2f}\n")
    outcome = glassnet("explain", trained_on_xor, "--against", file)
    assert outcome.code == 1
    assert "3 of 4 numbers agree" in outcome.out
    assert "| 2.y[0,0] |" in outcome.out
    file.write_text("number,mine\nloss,1\nlos,1")
    assert "los" in glassnet("explain", trained_on_xor, "--against", file).err
    file.write_text("2.bias[0],one\nloss,1")  # not a header
    assert "line 1: got '2.bias[0]' and 'one'" in glassnet("explain", trained_on_xor, "--against", file).err
    file.write_text("")
    outcome = glassnet("explain", trained_on_xor, "--against", file)
    assert (outcome.code, "no numbers to compare" in outcome.err) == (2, True)
    file.write_text("loss,1\nloss")
    assert "line 2" in glassnet("explain", trained_on_xor, "--against", file).err


def test_files_are_written_and_named(glassnet, trained_on_xor, tmp_path):
    outcome = glassnet("explain", trained_on_xor, "--save", tmp_path / "a.html", "--save", tmp_path / "a.md")
    assert outcome.out == f"wrote {tmp_path / 'a.html'}\nwrote {tmp_path / 'a.md'}\n"
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")
    outcome = glassnet("explain", trained_on_xor, "--save", tmp_path / "a.pdf")
    assert (outcome.code, "HTML, Markdown or JSON" in outcome.err) == (2, True)


def test_a_step_of_the_training_is_the_one_that_was_taken(glassnet, trained_on_xor):
    first = json.loads(glassnet("explain", trained_on_xor, "--step", "0", "--json").out)
    third = json.loads(glassnet("explain", trained_on_xor, "--step", "2", "--json").out)
    second = json.loads(glassnet("explain", trained_on_xor, "--step", "1", "--json").out)
    for one, following in ((first, second), (second, third)):
        for name, terms in one["updates"].items():
            after = np.array(one["parameters"][name]) + terms["total"]
            np.testing.assert_allclose(after, following["parameters"][name], atol=1e-6)  # the run computes in 32 bits
    steps = saved_state(trained_on_xor)["step"]
    assert f"has no step {steps}" in glassnet("explain", trained_on_xor, "--step", steps).err
    assert "leave out --sample" in glassnet("explain", trained_on_xor, "--step", "1", "--sample", "0").err


def test_a_step_on_a_table_shows_the_cells_of_its_batch(glassnet, here):
    rows = [f"{k},{'red' if k % 3 else 'blue'},{k * k}" for k in range(40)]
    (here / "t.csv").write_text("\n".join(["k,colour,square", *rows]))
    assert glassnet("train", "t.csv", "--target", "square", "--epochs", 2, "--quiet").code == 0
    (run,) = (here / "runs").iterdir()
    for arguments in (("--step", "1"), ("--sample", "0:5"), ("--split", "test", "--sample", "2"), ("--output", "0")):
        table = json.loads(glassnet("explain", run, *arguments, "--json").out)["table"]
        columns = {column["name"]: column["cells"] for column in table["columns"]}
        assert columns["colour"] == ["red" if int(k) % 3 else "blue" for k in columns["k"]]
        assert table["target"]["cells"] == [str(int(k) ** 2) for k in columns["k"]]
    of_replay = json.loads(glassnet("replay", run, "--step", 1, "--json").out)["table"]
    assert of_replay == json.loads(glassnet("explain", run, "--step", 1, "--json").out)["table"]
    assert "| colour |" in glassnet("explain", run, "t.csv", "--output", "0").out


def test_a_weight_is_changed_to_see_the_effect(glassnet, trained_on_xor):
    plain = json.loads(glassnet("explain", trained_on_xor, "--json").out)
    changed = json.loads(glassnet("explain", trained_on_xor, "--set", "2.bias[0]=0.5", "--json").out)
    assert changed["parameters"]["2.bias"] == [0.5]
    moved = np.array(changed["layers"][2]["values"]["output"]) - plain["layers"][2]["values"]["output"]
    np.testing.assert_allclose(moved, [[0.5 - plain["parameters"]["2.bias"][0]]])
    assert "got '2.bias[0]=x'" in glassnet("explain", trained_on_xor, "--set", "2.bias[0]=x").err


def test_an_element_is_unfolded(glassnet, trained_on_xor):
    outcome = glassnet("explain", trained_on_xor, "--element", "1.y[0,0]", "--levels", "1")
    assert "1.y[0, 0] = tanh(0.y[0, 0]) = tanh(" in outcome.out
    content = json.loads(glassnet("explain", trained_on_xor, "--element", "d0.weights[1,0]", "--json").out)
    assert content["lines"][-1]["label"] == "d0.weights[1, 0]"
    assert "there is no layer 9" in glassnet("explain", trained_on_xor, "--element", "9.y[0]").err
    assert "goes with --element" in glassnet("explain", trained_on_xor, "--levels", "1").err
    assert "give one of" in glassnet("explain", trained_on_xor, "--element", "1.y[0,0]", "--output", "0").err


@pytest.fixture
def weighted_run(glassnet, tmp_path):
    rows = "".join(f"{row % 7},{row % 5},{'yes' if row % 7 > 5 else 'no'}\n" for row in range(70))
    (tmp_path / "rare.csv").write_text("a,b,ill\n" + rows)
    run = tmp_path / "run"
    how = ["--class-weight", "balanced", "--epochs", 2, "--quiet", "--no-plots", "--validation", "0.2"]
    assert glassnet("train", tmp_path / "rare.csv", "--target", "ill", *how, "--out", run).code == 0
    return run


def test_weights_of_classes_are_those_of_the_run(glassnet, weighted_run):
    content = json.loads(glassnet("explain", weighted_run, "--sample", "0:40", "--json").out)
    data = gn.datasets.table(str(weighted_run.parent / "rare.csv"), "ill").load_with(0.2)
    labels = data.train.y
    weight = len(labels) / (2 * np.bincount(labels))  # balanced, by all rows of the training
    network = gn.load(weighted_run / "model.safetensors")
    network.flat_parameters[:] = saved_state(weighted_run)["parameters"]
    chances = network.predict(data.train.x[:40])[np.arange(40), labels[:40]]
    by_hand = np.average(-np.log(chances), weights=weight[labels[:40]])
    assert content["loss"] == pytest.approx(by_hand, rel=1e-5)
    assert abs(by_hand - np.mean(-np.log(chances))) > 0.01


def test_replay_with_a_step_shows_what_explain_shows_of_it(glassnet, weighted_run, tmp_path):
    shown = glassnet("replay", weighted_run, "--step", 2)
    assert shown.code == 0
    assert shown.out == glassnet("explain", weighted_run, "--step", 2).out
    assert json.loads(glassnet("replay", weighted_run, "--step", 2, "--json").out)["step"] == 2
    then = gn.replay(weighted_run, 2)
    replayed = json.loads(glassnet("replay", weighted_run, "--step", 2, "--json").out)
    assert replayed["loss"] == pytest.approx(then.explain().loss, rel=1e-9)
    assert glassnet("replay", weighted_run, "--step", 2, "--save", tmp_path / "step.html").code == 0
    assert (tmp_path / "step.html").stat().st_size > 10_000
    assert "--save goes with --step N" in glassnet("replay", weighted_run, "--save", tmp_path / "a.html").err
    assert "has no fault.safetensors: it did not diverge" in glassnet("replay", weighted_run).err


@pytest.mark.parametrize("command", ["replay", "explain"])
def test_a_run_that_is_not_there_is_no_model_file(glassnet, tmp_path, command: str):
    outcome = glassnet(command, tmp_path / "nowhere", "--step", 2)
    assert outcome.code == 2
    assert "nowhere does not exist; check the path" in outcome.err
    assert "model file" not in outcome.err
