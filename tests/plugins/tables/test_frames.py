"""Rows of every library that users have: the same network from each, and predictions by the names of columns."""

import datetime
import pickle
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pandas
import polars
import pyarrow
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
AGE = RNG.integers(18, 90, 120)
CITY = RNG.choice(["Ulm", "Bonn"], 120)
MEMBER = RNG.random(120) < 0.5
SINCE = np.datetime64("2020-01-01") + RNG.integers(0, 1000, 120).astype("timedelta64[D]")
BUY = np.where((AGE > 50) == (CITY == "Ulm"), "yes", "no")
COLUMNS = {"age": AGE, "city": CITY, "member": MEMBER, "since": SINCE, "buy": BUY}


def as_pandas():
    frame = pandas.DataFrame(COLUMNS)
    return frame.assign(city=frame["city"].astype("category"))


def as_rows():
    return [{name: column[row].item() for name, column in COLUMNS.items()} for row in range(len(AGE))]


class HuggingFace:
    """A dataset of Hugging Face: columns by name, and `features` that name the classes of a column of numbers."""

    class ClassLabel:
        names = ("no", "yes")

        def int2str(self, label):
            return self.names[label]

    def __init__(self, columns):
        self.columns = columns
        self.column_names = list(columns)
        self.features = dict.fromkeys(columns) | {"buy": self.ClassLabel()}

    def with_format(self, kind):
        return self

    def __len__(self):
        return len(self.columns["buy"])

    def __getitem__(self, name):
        return self.columns[name]


Row = namedtuple("Row", COLUMNS)

LIBRARIES = {
    "pandas": as_pandas,
    "pandas, nullable": lambda: pandas.DataFrame(COLUMNS).convert_dtypes(),
    "polars": lambda: polars.DataFrame({name: column.tolist() for name, column in COLUMNS.items()}),
    "pyarrow": lambda: pyarrow.table({name: pyarrow.array(column.tolist()) for name, column in COLUMNS.items()}),
    "dicts": as_rows,
    "dict of arrays": lambda: COLUMNS,
    "named tuples": lambda: [Row(**row) for row in as_rows()],
    "tuple of dicts": lambda: tuple(as_rows()),
    "array with named fields": lambda: pandas.DataFrame(COLUMNS).to_records(index=False),
    "Hugging Face": lambda: HuggingFace({**COLUMNS, "buy": (BUY == "yes").astype(int)}),
}


def trained(rows, **given):
    net = gn.Network("dense(8) relu dense(2) softmax")
    net.fit(rows, progress=False, **{"target": "buy", "optimizer": "adam(lr=0.02)", "epochs": 30, **given})
    return net


@pytest.fixture(scope="module")
def net():
    return trained(as_pandas())


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_of_each_library_give_the_same_network(library, net):
    rows = LIBRARIES[library]()
    other = trained(rows)
    assert other.flat_parameters.tobytes() == net.flat_parameters.tobytes()
    np.testing.assert_array_equal(other.predict(rows), net.predict(as_pandas()))
    assert other.evaluate(rows) == net.evaluate(as_pandas())
    assert net.evaluate(as_pandas())["accuracy"] > 0.9


DAYS = [datetime.timedelta(hours=3 * row, days=row % 7) for row in range(120)]
HOURS = [each.total_seconds() / 3600 for each in DAYS]
DURATIONS = {
    "pandas": pandas.to_timedelta(HOURS, unit="h"),
    "pandas, objects": pandas.Series(DAYS, dtype=object),
    "pandas of arrow": pandas.Series(DAYS).astype("duration[us][pyarrow]"),
    "polars": polars.Series(DAYS),
    "numpy": np.array(DAYS, "timedelta64[s]"),
    "missing": [*DAYS[:-1], None],
}


@pytest.mark.parametrize("library", DURATIONS)
def test_durations_are_numbers(library):
    frame = {"wait": DURATIONS[library], "buy": BUY}
    if library.startswith("pandas"):
        frame = pandas.DataFrame(frame)
    net = trained(frame, epochs=1)
    made, expected = net.preprocessing.samples(frame)[:, 0], np.array(HOURS)
    if library == "missing":
        made, expected = made[:-1], expected[:-1]
    # In any unit, a standardized column is a straight line of the hours.
    np.testing.assert_allclose(np.corrcoef(made, expected)[0, 1], 1, rtol=1e-6)


TIMES = [datetime.datetime(2024, 3, 1 + row % 28, row % 24) for row in range(120)]
ODD = {
    "zones": [each.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2))) for each in TIMES],
    "times of a day": [each.time() for each in TIMES],
    "long floats": AGE.astype(np.longdouble),
    "objects of polars": polars.Series([complex(row, 1) for row in range(120)], dtype=polars.Object),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ODD)
def test_columns_of_odd_types_are_read_without_a_word(kind):
    trained({"age": AGE, "odd": ODD[kind], "buy": BUY}, epochs=1)


@pytest.mark.filterwarnings("error")
def test_a_lazy_frame_is_read_without_a_warning(net):
    lazy = LIBRARIES["polars"]().lazy()
    assert trained(lazy).flat_parameters.tobytes() == net.flat_parameters.tobytes()
    np.testing.assert_array_equal(net.predict(lazy), net.predict(as_pandas()))


def test_targets_may_be_given_apart(net):
    frame = as_pandas()
    other = trained(frame[["age", "city", "member", "since"]], y=frame["buy"], target=None)
    assert other.flat_parameters.tobytes() == net.flat_parameters.tobytes()
    assert other.evaluate(frame.drop(columns="buy"), frame["buy"]) == net.evaluate(frame)


def test_columns_are_found_by_name_in_any_order(net):
    frame = as_pandas()
    np.testing.assert_array_equal(net.predict(frame[["since", "member", "city", "age"]]), net.predict(frame))


def test_a_missing_column_is_named(net):
    with pytest.raises(gn.DataError, match="the rows have no column 'age', with which the network was trained"):
        net.predict(as_pandas().drop(columns="age"))
    with pytest.raises(gn.DataError, match="no column 'city', did you mean 'City'"):
        net.predict(as_pandas().rename(columns={"city": "City"}))


def test_unknown_categories_are_counted_and_extra_columns_told(net):
    frame = as_pandas().assign(city=["Rome"] * 3 + ["Ulm"] * 117, extra=1)
    with pytest.warns(gn.GlassnetWarning) as told:
        outputs = net.predict(frame)
    messages = [str(each.message) for each in told]
    assert "the training had no column 'extra': not used" in messages
    assert "column 'city' has 3 values that the training rows do not have ('Rome')" in messages
    # An unknown city is none of the cities: by hand, both inputs of the column are 0.
    made = net.preprocessing
    known = made.read(polars.DataFrame([{name: column[0].item() for name, column in COLUMNS.items()}]))[0]
    known[:, [made.input_names.index("city=Ulm"), made.input_names.index("city=Bonn")]] = 0
    np.testing.assert_allclose(outputs[0], net.predict(known)[0], rtol=1e-6)


def test_copies_pickles_and_files_keep_the_columns(net, tmp_path):
    frame = as_pandas()
    expected = net.predict(frame)
    net.save(tmp_path / "net.safetensors")
    for other in (net.copy(), pickle.loads(pickle.dumps(net)), gn.load(tmp_path / "net.safetensors")):
        np.testing.assert_array_equal(other.predict(frame), expected)
    net.copy().save(tmp_path / "copy.safetensors")
    assert (tmp_path / "copy.safetensors").read_bytes() == (tmp_path / "net.safetensors").read_bytes()


def test_a_further_fit_keeps_the_transforms_of_the_first():
    frame = as_pandas()
    net = trained(frame[:60])
    before = net.preprocessing
    net.fit(frame[60:], target="buy", loss="cce", optimizer="adam", progress=False)
    assert net.preprocessing is before


def test_transforms_know_nothing_of_rows_held_out_to_validate():
    frame = as_pandas()
    frame.loc[frame.index % 2 == 0, "age"] += 1000
    net = trained(frame, validation=0.25)
    state = next(each for each in net.preprocessing.features if each.name == "age").states[-1]
    assert net.preprocessing.rows == 90
    assert state["mean"][0] != pytest.approx(frame["age"].mean(), rel=1e-9)
    assert "val_accuracy" in net.history.epochs[-1]


def test_validation_may_be_another_frame():
    net = trained(as_pandas()[:80], validation=as_pandas()[80:])
    assert net.history.epochs[-1]["val_accuracy"] == net.evaluate(as_pandas()[80:])["accuracy"]


def test_a_regression_answers_in_the_units_of_its_target():
    frame = as_pandas().assign(income=20000 + 300.0 * AGE)
    net = gn.Network("dense(1)")
    net.fit(frame, target="income", optimizer="lbfgs", epochs=40, batch_size=120, progress=False)
    answers = net.predict(frame)
    assert answers.shape == (120,)
    np.testing.assert_allclose(answers, frame["income"], rtol=1e-3)
    # Of numbers around 40,000, which float32 holds to 0.004.
    expected = np.abs(answers - frame["income"]).mean()
    assert net.evaluate(frame)["mean_absolute_error"] == pytest.approx(expected, abs=0.01)


def test_a_yes_or_no_network_gives_the_probability_of_both():
    net = gn.Network("dense(8) relu dense(1) sigmoid")
    net.fit(as_pandas(), target="buy", optimizer="adam(lr=0.02)", epochs=30, progress=False)
    answers = net.predict(as_pandas())
    assert answers.shape == (120, 2)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
    assert np.mean(np.array(["no", "yes"])[answers.argmax(axis=1)] == BUY) == net.evaluate(as_pandas())["accuracy"]


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        (as_pandas(), {"target": None}, "fit got a DataFrame and names no target; give target='NAME'"),
        (as_pandas(), {"target": "bay"}, "the frame has no column 'bay', did you mean 'buy'"),
        (as_pandas()[:0], {}, "the DataFrame has no rows"),
        (np.zeros((3, 2)), {"target": "buy"}, "target='buy' names a column, and x is a ndarray; give a data frame"),
    ],
)
def test_rows_that_cannot_be_trained_on_end_in_one_sentence(rows, given, message):
    with pytest.raises(gn.DataError, match=message):
        trained(rows, **given)


def test_no_library_of_frames_is_imported_for_arrays():
    code = (
        "import sys, numpy as np, glassnet as gn; net = gn.Network('dense(1)'); "
        "net.fit(np.ones((4, 2)), np.ones((4, 1)), loss='mse', optimizer='sgd'); net.predict([[1, 2]]); "
        "print([name for name in ('polars', 'pandas', 'pyarrow', 'narwhals') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_array_of_numbers_as_in_the_table_is_refused():
    frame = pandas.DataFrame({"age": AGE, "income": 30_000 + 100.0 * AGE, "buy": BUY})
    net = trained(frame)
    for use in (net.predict, lambda x: net.evaluate(x, np.zeros(len(x), int))):
        with pytest.raises(gn.DataError, match="x is an array without names, and its numbers are not transformed"):
            use(frame[["age", "income"]].to_numpy())
    samples, _ = net.preprocessing.read(polars.DataFrame({"age": AGE, "income": 30_000 + 100.0 * AGE}))
    np.testing.assert_array_equal(net.predict(samples), net.predict(frame))


def test_a_column_that_drifted_far_is_used_as_in_its_frame():
    frame = pandas.DataFrame({"age": AGE, "income": 30_000 + 100.0 * AGE, "buy": BUY})
    net = trained(frame)
    drifted = frame.assign(income=frame["income"] * 100)
    samples, _ = net.preprocessing.read(polars.DataFrame({"age": AGE, "income": drifted["income"].to_numpy()}))
    assert np.median(samples[:, 1]) > 1000
    with pytest.warns(gn.GlassnetWarning, match="x has numbers from .* and the network was trained on numbers from"):
        answers = net.predict(samples)
    np.testing.assert_array_equal(answers, net.predict(drifted))


def test_weights_of_classes_may_be_given_by_name(net):
    by_name = trained(as_pandas(), class_weight={"yes": 3.0, "no": 1.0})
    by_label = trained(as_pandas(), class_weight={1: 3.0, 0: 1.0})
    assert by_name.flat_parameters.tobytes() == by_label.flat_parameters.tobytes() != net.flat_parameters.tobytes()
    with pytest.raises(gn.DataError, match="class_weight has 'yess', did you mean 'yes'"):
        trained(as_pandas(), class_weight={"yess": 3.0})


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"a": 1}, "x has 1 rows and y has 2"),
        ({"a": 1, "b": [1, 2]}, "column 'a' is of type int; give a list with one value for each row"),
        ({"a": "xyz", "b": [1, 2]}, "column 'a' is of type str"),
        ({"a": None, "b": [1, 2]}, "column 'a' is of type NoneType"),
        ({"a": [1, 2], "b": [1]}, "columns must have one value for each row: 'a' has 2, 'b' has 1"),
        ({"a": [[1, 2], [3]]}, "column 'a' cannot be read"),
        ({"a": np.zeros((2, 2))}, r"column 'a' has an array of shape \(2,\) in each row"),
    ],
)
def test_a_dict_that_is_not_one_of_columns_is_refused(rows, told):
    with pytest.raises(gn.DataError, match=told):
        gn.Network("dense(1)").fit(rows, np.zeros((2, 1)), loss="mse", optimizer="adam")


def test_one_row_is_a_dict_of_values(net):
    row = {"age": 70, "city": "Ulm", "member": True, "since": np.datetime64("2020-02-01"), "buy": None}
    np.testing.assert_array_equal(net.predict(row), net.predict([row]))


def test_parts_of_a_dataset_are_named():
    parts = {"train": HuggingFace(COLUMNS), "test": HuggingFace(COLUMNS)}
    with pytest.raises(gn.DataError, match=r"has several parts \(train, test\); give one of them"):
        trained(parts)


def test_a_column_of_arrays_is_told_with_the_way_to_give_it():
    images = HuggingFace({"image": np.zeros((4, 8, 8)), "buy": np.array([0, 1, 0, 1])})
    with pytest.raises(gn.DataError, match=r"array of shape \(8, 8\) in each row.* net.fit\(data\['image'\], data"):
        trained(images)


def test_what_looks_into_a_network_takes_the_rows_that_it_was_trained_on(net):
    rows = as_pandas()
    split = net.preprocessing.split(rows)
    assert net.value_and_gradients(rows)[0] == net.value_and_gradients(split.x, split.y)[0]
    np.testing.assert_array_equal(net.activations(rows)["1"], net.activations(split.x)["1"])
    assert net.trace(rows).loss == pytest.approx(net.evaluate(rows)["loss"], rel=1e-6)
    assert [each.rule for each in net.diagnose(rows)] == [each.rule for each in net.diagnose(split)]
    assert gn.explain(net, rows, loss="cce", optimizer="adam").loss == pytest.approx(
        net.evaluate(rows)["loss"], rel=1e-6
    )
