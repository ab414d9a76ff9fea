"""The code on the page about access and surgery runs as it stands, and its loop gives the bytes of `fit`."""

import re
from pathlib import Path

import numpy as np

import glassnet as gn

PAGE = (Path(__file__).parents[1] / "docs" / "access.md").read_text("utf-8")


def test_the_code_of_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    assert names["outputs"]["4"].shape == (8, 16)
    assert names["each"]["1.weights"].shape == (8, 64, 32)
    assert names["report"].missing == ("6.weights", "6.bias")
    assert names["trace"].nodes["v1"].text == "x @ weights"
    np.testing.assert_array_equal(names["again"].network.flat_parameters, names["net"].flat_parameters)
    assert {path.name for path in tmp_path.iterdir()} >= {"digits.png", "digits.html", "small.svg", "runs"}


def test_the_loop_of_the_page_has_ten_lines_and_the_bytes_of_fit(capsys):
    (code,) = re.findall(r"<!-- loop -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(code.strip().splitlines()) <= 10
    data = gn.datasets.digits().load()
    layers = "flatten dense(16) relu dropout(0.1) dense(10) softmax"
    looped, fitted = gn.Network(layers), gn.Network(layers)
    exec(code, {"net": looped, "data": data})
    fitted.fit(
        data.train, loss="categorical_crossentropy", optimizer="adam(lr=0.001)", schedule="cosine",
        metrics=["accuracy"], validation=0.1, epochs=2, batch_size=64, seed=0,
    )  # fmt: skip
    np.testing.assert_array_equal(looped.flat_parameters, fitted.flat_parameters)
    assert looped.history.epochs == fitted.history.epochs
