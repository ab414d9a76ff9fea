"""An exercise in a file: what it sets, and the numbers that are compared."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import glassnet as gn
from glassnet_explanations.comparison import compare, read_numbers
from glassnet_explanations.exercise import changes_in, explain_exercise

# Mazur (2015), A Step by Step Backpropagation Example; there the loss is half of the squared difference.
MAZUR = """# Mazur
set layers,dense(2) sigmoid dense(2) sigmoid
set loss,mse
set optimizer,sgd(lr=0.5)
set x[0, 0],0.05
set x[0, 1],0.10
set target[0, 0],0.01
set target[0, 1],0.99
set 0.weights[0, 0],0.15
set 0.weights[1, 0],0.20
set 0.weights[0, 1],0.25
set 0.weights[1, 1],0.30
set 0.bias[0],0.35
set 0.bias[1],0.35
set 2.weights[0, 0],0.40
set 2.weights[1, 0],0.45
set 2.weights[0, 1],0.50
set 2.weights[1, 1],0.55
set 2.bias[0],0.60
set 2.bias[1],0.60
0.y[0, 0],0.3775
1.y[0, 0],0.593269992
1.y[0, 1],0.596884378
3.y[0, 0],0.75136507
3.y[0, 1],0.772928465
loss,0.298371109
d2.weights[0, 0],0.082167041
2.weights[0, 0] after,0.35891648
2.weights[1, 0] after,0.408666186
2.weights[0, 1] after,0.511301270
2.weights[1, 1] after,0.561370121
0.weights[0, 0] after,0.149780716
0.weights[1, 0] after,0.19956143
0.weights[0, 1] after,0.24975114
0.weights[1, 1] after,0.29950229
"""


START = "set layers,dense(1)\nset loss,mse\nset x[0, 0],1"


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        (tmp_path / "mine.csv").write_text(text)
        return tmp_path / "mine.csv"

    return write


def test_the_numbers_of_a_known_exercise_agree(file):
    numbers = read_numbers(file(MAZUR))
    compared = compare(explain_exercise(numbers, {}), numbers)
    assert len(compared) == 15
    assert [each.name for each in compared if not each.agrees] == []


def test_a_wrong_number_is_found(file):
    numbers = read_numbers(file(MAZUR.replace("0.35891648", "0.35891658")))
    (wrong,) = [each for each in compare(explain_exercise(numbers, {}), numbers) if not each.agrees]
    assert (wrong.name, wrong.mine) == ("2.weights[0,0] after", 0.35891658)
    assert wrong.ours == pytest.approx(0.35891648, abs=1e-8)


def test_labels_are_whole_numbers(file):
    text = "set layers,dense(2) softmax\nset loss,cce\nset x[0, 0],1\nset target[0],1\nloss,0.693147\n"
    numbers = read_numbers(file(text))
    (loss,) = compare(explain_exercise(numbers, {}), numbers)
    assert loss.ours == pytest.approx(math.log(2))
    assert loss.agrees


def test_weights_alone_are_for_a_network_that_is_there(file):
    assert changes_in(read_numbers(file("set 0.bias[0],0.5\n0.bias[0],0.5"))) == ["0.bias[0]=0.5"]
    with pytest.raises(gn.OptionError, match=r"line 1: it sets x\[0,0\], and a run has its own"):
        changes_in(read_numbers(file("set x[0, 0],1")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loss,1", "does not say which layers"),
        ("set layers,dense(1)", "does not say which loss"),
        ("set layers,dense(1)\nset loss,mse", "does not set x"),
        ("set layers,dense(1)\nset loss,mse\nset x[0],a", "line 3: got set x"),
        (
            f"{START}\nset target[0, 0],1\nset 1.bias[0],1",
            "line 5: there is no",
        ),
    ],
)
def test_what_is_missing_is_named(file, text: str, message: str):
    with pytest.raises(gn.OptionError, match=message):
        explain_exercise(read_numbers(file(text)), {})


@pytest.mark.parametrize(
    ("text", "mine", "agrees"),
    [("0.25", 0.2551, False), ("0.25", 0.2501, True), ("0.3", 0.25, True), ("2e-3", 0.002, True), ("3", 3.2, False)],
)
def test_a_number_agrees_to_the_digits_that_are_written(file, text: str, mine: float, agrees: bool):
    net = gn.Network("dense(1)").build(1, seed=0, dtype="float64")
    net.parameters["0.bias"] = [mine]
    explanation = gn.explain(net, [[1.0]], [[1.0]], loss="mse", optimizer="sgd")
    (compared,) = compare(explanation, read_numbers(file(f"name,value\n0.bias[0],{text}")))
    assert compared.agrees is agrees


def test_a_file_that_cannot_be_read_is_named(tmp_path, file):
    with pytest.raises(gn.FileError, match="cannot read"):
        read_numbers(tmp_path / "none.csv")
    with pytest.raises(gn.FileError, match="line 2"):
        read_numbers(file("a,b\nloss,x"))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(gn.FileError, match="UTF-8"):
        read_numbers(tmp_path / "bytes.csv")


@pytest.mark.parametrize("text", ["0.y[0, 1],abc", "0.y[0, 1]", "loss,0.3x\nloss,0.3", "loss", "0.bias,[1 2]"])
def test_a_first_line_that_names_a_number_is_no_header(file, text: str):
    with pytest.raises(gn.FileError, match=r"line 1: got .* write a name and a number a line"):
        read_numbers(file(text))


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet", "name,value\n", "set 0.bias[0],1"])
def test_a_file_without_numbers_is_an_error(file, text: str):
    net = gn.Network("dense(1)").build(1, seed=0, dtype="float64")
    explanation = gn.explain(net, [[1.0]], [[1.0]], loss="mse", optimizer="sgd")
    with pytest.raises(gn.FileError, match="has no numbers to compare; write a name and a number a line"):
        compare(explanation, read_numbers(file(text)))


def test_a_message_names_a_dozen_arrays_of_many(file):
    net = gn.Network("dense(2) tanh " * 9).build(2, seed=0, dtype="float64")
    explanation = gn.explain(net, [[1.0, 2.0]], [[0.0, 1.0]], loss="mse", optimizer="adam")
    with pytest.raises(gn.OptionError, match=r"no array 'q'; there are loss, penalty, 0.x, .* and \d+ more") as error:
        compare(explanation, read_numbers(file("q[0],1")))
    assert len(str(error.value)) < 300
