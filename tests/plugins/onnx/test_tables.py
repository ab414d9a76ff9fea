"""Networks for tables as ONNX: the graph takes columns as they are in the table, and gives answers in its words."""

import numpy as np
import onnx
import onnxruntime
import pytest

import glassnet as gn

CITIES = ["Bonn", "Trier", "Köln", None, "Bonn", "Ulm"]
TABLE = {
    "size": [30.0, 60.5, float("nan"), 120.0, 75.0, 1e4],
    "rooms": [1, 2, 3, 4, 5, 9],
    "city": CITIES,
    "price": [3.25, 5.5, 9.75, 11.5, 7.0, 90.0],
    "sold": ["yes", "no", "yes", "yes", "no", "no"],
    "kind": ["flat", "house", "land", "flat", "house", "flat"],
}
ROWS = {name: column * 8 for name, column in TABLE.items()}
NEW = {
    "size": [45.0, float("nan"), 1e6, -3.0],
    "rooms": [2, 0, 12, 5],
    "city": ["Trier", None, "Paris", "Ulm"],
}


def run(path, rows):
    """Return the outputs of a graph by name; a missing text is empty."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    kinds = {"tensor(double)": np.float64, "tensor(string)": object}
    feeds = {}
    for each in session.get_inputs():
        column = [("" if value is None else value) for value in rows[each.name]]
        feeds[each.name] = np.array(column, kinds[each.type])[:, np.newaxis]
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, feeds), strict=True))


@pytest.fixture
def trained(tmp_path):
    """``trained(target, layers)`` trains a network on columns of the table; transforms are given by column."""

    def train(target, layers, columns=("size", "rooms", "city"), transforms=()):
        names = [*columns, target]
        lines = [names, *zip(*(ROWS[name] for name in names), strict=True)]
        cells = [["" if cell is None or cell != cell else str(cell) for cell in line] for line in lines]
        path = tmp_path / "rows.csv"
        path.write_text("\n".join(map(",".join, cells)), "utf-8")
        table = gn.datasets.table(str(path), target=target, transforms=transforms)
        net, loss = gn.Network(layers), "mse" if target == "price" else "bce" if target == "sold" else "cce"
        net.fit(table.load().train, loss=loss, optimizer="adam", epochs=3)
        return net

    return train


def columns_of(net, rows):
    """Return the columns that a network reads."""
    return {each.name: rows[each.name] for each in net.preprocessing.features}


@pytest.mark.filterwarnings("ignore::glassnet.GlassnetWarning")  # a city that the training did not have
@pytest.mark.parametrize(
    "transforms",
    [
        [],
        ["size: impute(by=mean, indicator=True) log robust_scale"],
        ["size: impute(by=constant, value=7) clip min_max(low=-1)"],
        ["city: impute(by=constant, value=nowhere) one_hot"],
        ["city: one_hot(max_categories=3)"],
        ["city: ordinal", "rooms: min_max"],
        ["city: frequency"],
    ],
)
def test_columns_go_in_and_prices_come_out(transforms, trained, tmp_path):
    net = trained("price", "dense(6) tanh dense(1)", transforms=transforms)
    net.save(tmp_path / "m.onnx")
    onnx.checker.check_model(str(tmp_path / "m.onnx"), full_check=True)
    for rows in (ROWS, NEW):
        answer = run(tmp_path / "m.onnx", rows)["prediction"]
        expected = net.predict(columns_of(net, rows))
        np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("target_transforms", ["standardize", "min_max(low=-1, high=1)", "log robust_scale"])
def test_answers_are_in_the_units_of_the_target(target_transforms, trained, tmp_path):
    net = trained("price", "dense(4) relu dense(1)", ("rooms",), transforms=[f"price: {target_transforms}"])
    net.save(tmp_path / "m.onnx")
    expected = net.predict({"rooms": NEW["rooms"]})
    np.testing.assert_allclose(run(tmp_path / "m.onnx", NEW)["prediction"], expected, rtol=2e-6)


@pytest.mark.parametrize(
    ("target", "layers"), [("sold", "dense(5) relu dense(1) sigmoid"), ("kind", "dense(5) relu dense(3) softmax")]
)
def test_answers_are_names_of_classes(target, layers, trained, tmp_path):
    net = trained(target, layers)
    net.save(tmp_path / "m.onnx")
    outputs = run(tmp_path / "m.onnx", ROWS)
    probabilities = net.predict(net.preprocessing.samples(columns_of(net, ROWS)))
    np.testing.assert_allclose(outputs["y"], probabilities, atol=1e-6)
    names = {"sold": ["no", "yes"], "kind": ["flat", "house", "land"]}[target]
    places = probabilities.argmax(axis=1) if target == "kind" else (probabilities[:, 0] > 0.5).astype(int)
    assert outputs["prediction"].tolist() == [names[place] for place in places]


def test_a_file_of_a_table_is_read_without_loss(trained, tmp_path):
    net = trained("price", "dense(4) relu dense(1)")
    net.save(tmp_path / "m.onnx")
    again = gn.load(tmp_path / "m.onnx")
    assert again.predict(columns_of(net, ROWS)).tolist() == net.predict(columns_of(net, ROWS)).tolist()
    assert again.preprocessing.described() == net.preprocessing.described()


def test_columns_may_be_called_like_results_in_the_graph(tmp_path):
    rows = {"x": [1.0, 2, 3, 4] * 4, "v1": [4.0, 1, 2, 2] * 4, "y": [1.5, 2.5, 0.5, 3] * 4}
    net = gn.Network("dense(2) tanh dense(1)")
    net.fit(rows, target="y", epochs=2)
    net.save(tmp_path / "m.onnx")
    assert [each.name for each in onnx.load(tmp_path / "m.onnx").graph.input] == ["x_", "v1_"]
    answer = run(tmp_path / "m.onnx", {"x_": rows["x"], "v1_": rows["v1"]})["prediction"]
    np.testing.assert_allclose(answer, net.predict(rows), rtol=1e-5)


def test_a_transform_without_a_rule_leaves_the_rows_to_the_user(trained, answers, tmp_path):
    net = trained("price", "dense(4) relu dense(1)", ("size", "rooms"), transforms=["rooms: quantile"])
    with pytest.warns(
        gn.GlassnetWarning, match="quantile.* of column 'rooms' has no rule for ONNX; the graph in .* has no"
    ):
        net.save(tmp_path / "m.onnx")
    outputs = answers(tmp_path / "m.onnx", net.preprocessing.samples(columns_of(net, ROWS)))
    np.testing.assert_allclose(
        net.preprocessing.in_units(outputs).ravel(), net.predict(columns_of(net, ROWS)), rtol=1e-5
    )
