"""The cells of a table on the pages of a step: beside the inputs that its transforms made of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas
import pytest

import glassnet as gn

ROWS = [
    ("size", "town", "built", "price"),
    *[
        (str(20 + 7 * k), ("Bern", "Basel", "Chur")[k % 3], f"20{k + 10}-03-0{k % 9 + 1}", f"${k * k + 10}")
        for k in range(20)
    ],
]
FLATS = pandas.DataFrame({"width": [1.0, 2.0, None, 3.0], "town": ["Bern", "Basel", "Bern", "Basel"]})


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(ROWS)
    return path


def cells_of(step, name):
    return next(column["cells"] for column in step.to_dict()["table"]["columns"] if column["name"] == name)


def test_cells_are_those_of_the_row_that_a_sample_was_made_of(prices: Path):
    data = gn.datasets.table(str(prices), "price", seed=3).load()
    net = gn.Network("dense(1)")
    net.fit(data.train, loss="mse", optimizer="sgd", epochs=1, seed=0)
    prices_by_size = {row[0]: row for row in ROWS[1:]}
    for part in (data.train, data.test):
        step = gn.explain(net, part[np.array([2, 0])], loss="mse", optimizer="sgd")
        made = net.preprocessing.features[0]
        sizes = step.layers[0].values["input"][:, 0] * made.states[-1]["std"] + made.states[-1]["mean"]
        np.testing.assert_allclose(np.array(cells_of(step, "size"), float), sizes, rtol=1e-6)
        rows = [prices_by_size[size] for size in cells_of(step, "size")]
        assert cells_of(step, "town") == [row[1] for row in rows]
        assert cells_of(step, "built") == [row[2] for row in rows]
        target = step.to_dict()["table"]["target"]
        assert (target["name"], target["unit"], target["cells"]) == ("price", "$", [row[3] for row in rows])


def test_a_page_shows_cells_beside_inputs_and_the_prediction_in_units(prices: Path):
    data = gn.datasets.table(str(prices), "price").load()
    net = gn.Network("dense(1)")
    net.fit(data.train, loss="mse", optimizer="sgd", epochs=1, seed=0)
    step = gn.explain(net, data.train[:1], loss="mse", optimizer="sgd")
    amounts = [float(row[3][1:]) for row in ROWS[1:] if row[0] in {str(size) for size in _sizes(data.train, net)}]
    output = step.layers[-1].values["output"][0, 0]
    expected = output * np.std(amounts) + np.mean(amounts)  # of the rows to train on
    target = step.to_dict()["table"]["target"]
    assert target["predictions"] == [pytest.approx(expected, rel=1e-6)]
    size, town = (cells_of(step, name)[0] for name in ("size", "town"))
    x = step.layers[0].values["input"]
    text = step.to_markdown()
    assert f"| size | {size} | x[0, 0] = {x[0, 0]:.5g} |" in text
    assert f"= 1 (town={town}), 2 others are 0 |" in text
    assert f"| sample 0 | {target['cells'][0]} | targets[0, 0] = " in text
    assert f"y[0, 0] = {output:.5g} | {expected:.5g} $ |" in text
    assert f'<td class="text">{size}</td>' in step.to_html()


def _sizes(split: gn.Split, net: gn.Network) -> list[int]:
    made = net.preprocessing.features[0]
    return [round(float(x[0] * made.states[-1]["std"][0] + made.states[-1]["mean"][0])) for x, _ in split]


def test_rows_of_a_frame_are_shown_and_a_missing_cell_is_said_to_be_one():
    net = gn.Network("dense(2) softmax")
    net.fit(FLATS, ["a", "b", "a", "b"], epochs=1, seed=0)
    step = gn.explain(net, FLATS[2:], ["a", "b"], loss="cce", optimizer="sgd")
    assert cells_of(step, "width") == [None, 3.0]
    target = step.to_dict()["table"]["target"]
    named = [("a", "b")[k] for k in step.layers[-1].values["output"].argmax(axis=1)]
    assert (target["cells"], target["predictions"]) == (["a", "b"], named)
    text = step.to_markdown()
    assert "| sample 0 | width | (missing) | x[0, 0] = " in text
    assert "| sample 1 | b | targets[1] = 1 | " in text


def test_a_table_that_has_changed_is_not_shown(prices: Path):
    data = gn.datasets.table(str(prices), "price").load()
    net = gn.Network("dense(1)")
    net.fit(data.train, loss="mse", optimizer="sgd", epochs=1, seed=0)
    prices.write_text(prices.read_text().replace("-03-", "-04-"))
    step = gn.explain(net, data.train[:1], loss="mse", optimizer="sgd")
    assert step.to_dict()["table"] is None
    assert "x[:, 0] is size" in step.to_markdown()


def test_arrays_have_no_cells():
    net = gn.Network("dense(1)").build(2, seed=0)
    step = gn.explain(net, [[0.0, 1.0]], [[1.0]], loss="mse", optimizer="sgd")
    assert step.to_dict()["table"] is None


def test_many_rows_and_columns_are_cut():
    wide = pandas.DataFrame({f"c{k}": np.arange(4.0) * (k + 1) for k in range(30)})
    net = gn.Network("dense(1)")
    net.fit(wide, [0.5, 1.5, 2.25, 3.0], loss="mse", epochs=1, seed=0)
    text = gn.explain(net, wide, [0.5, 1.5, 2.25, 3.0], loss="mse", optimizer="sgd").to_markdown()
    assert "*40 of 120 cells.*" in text
    assert "| sample 1 | c9 | 10 |" in text
    assert "| sample 1 | c10 |" not in text


def test_of_a_text_a_few_inputs_and_its_beginning_are_shown():
    words = [
        f"word{k} " * 3 + f"other{k} third{k} fourth{k} fifth{k} sixth{k} seventh{k} eighth{k} ninth{k}"
        for k in range(8)
    ]
    rows = pandas.DataFrame({"review": words})
    net = gn.Network("dense(1)")
    net.fit(rows, np.arange(8.0) + 0.5, loss="mse", epochs=1, seed=0)
    step = gn.explain(net, rows[:1], [0.5], loss="mse", optimizer="sgd")
    inputs = step.layers[0].values["input"][0]
    used = np.count_nonzero(inputs)
    assert used > 8
    assert cells_of(step, "review") == [words[0]]
    text = step.to_markdown()
    assert f"| review | {words[0][:39]}… | x[0, {np.flatnonzero(inputs)[0]}] = " in text
    assert f", {used - 8} more, {len(inputs) - used} others are 0 |" in text
