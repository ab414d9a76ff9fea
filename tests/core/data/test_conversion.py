"""What samples and targets may be given as: each kind gives the right numbers, or one sentence on what to do."""

import datetime
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import glassnet as gn
from glassnet.data.arrays import as_array
from glassnet.run.config import EvaluationConfig

NUMBERS = [[1.0, 0.0], [2.5, 1.0], [-3.0, 1.0]]


@pytest.fixture
def sums():
    """A network that adds the two numbers of a sample."""
    net = gn.Network(["dense(1, weight_init=ones, bias=False)"]).build((2,), dtype="float64")
    net.evaluation_config = EvaluationConfig(loss="mse")
    return net


class Subclass(np.ndarray):
    """An array with a `*` of its own, as np.matrix has."""

    def __mul__(self, other):
        raise AssertionError("calculated with the subclass")


class Tensor:
    """A tensor of PyTorch that requires a gradient."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter([Tensor(each) for each in self.values])

    def detach(self):
        return Detached(self.values)

    cpu = detach


class Detached(Tensor):
    """The same without the gradient."""

    def numpy(self):
        return self.values


ALIKE = {
    "masked array, nothing masked": np.ma.array(NUMBERS, mask=np.zeros((3, 2))),
    "list of such": [np.ma.array(row) for row in NUMBERS],
    "matrix": np.array(NUMBERS).view(np.matrix),
    "subclass": np.array(NUMBERS).view(Subclass),
    "objects": np.array([[1, False], [2.5, np.float32(1)], [np.int8(-3), True]], dtype=object),
    "decimals and fractions": [[Decimal(1), 0], [Fraction(5, 2), 1], [-3, Decimal("1.0")]],
    "big-endian": np.array(NUMBERS, ">f8"),
    "big-endian halves": np.array(NUMBERS, ">f2"),
    "long double": np.array(NUMBERS, np.longdouble),
    "Fortran order": np.asfortranarray(NUMBERS),
    "negative strides": np.array(NUMBERS)[::-1][::-1],
    "every second": np.repeat(NUMBERS, 2, axis=0)[::2],
    "deque": deque(NUMBERS),
    "memoryview": memoryview(np.array(NUMBERS)),
    "tensor that requires a gradient": Tensor(NUMBERS),
    "list of such tensors": [Tensor(row) for row in NUMBERS],
}


@pytest.mark.parametrize("values", ALIKE.values(), ids=ALIKE)
def test_each_form_of_the_same_numbers_gives_the_same_outputs(sums, values):
    np.testing.assert_array_equal(sums.predict(values), [[1.0], [3.5], [-2.0]])
    # The losses are the squares of the sums.
    assert sums.evaluate(values, [0, 0, 0])["loss"] == pytest.approx((1 + 12.25 + 4) / 3, rel=1e-12)
    assert sums.evaluate([(values, [0, 0, 0])])["loss"] == pytest.approx((1 + 12.25 + 4) / 3, rel=1e-12)


@pytest.mark.parametrize(
    "y", [np.array([[1], [3], [-2]]), [Fraction(1), Decimal(3), -2], np.array([[1], [3], [-2]]).view(np.matrix)]
)
def test_targets_are_taken_in_as_many_forms(sums, y):
    # (1 - 1)^2 + (3.5 - 3)^2 + (-2 + 2)^2
    assert sums.evaluate(NUMBERS, y)["loss"] == pytest.approx(0.25 / 3, rel=1e-12)


def test_objects_that_are_whole_numbers_are_labels():
    labels = gn.Split(NUMBERS, np.array([2, 0, 1], dtype=object)).y
    assert (labels.dtype, labels.tolist()) == (np.int64, [2, 0, 1])
    assert gn.Split(NUMBERS, np.array([True, False, True], dtype=object)).y.dtype == bool
    assert gn.Split(NUMBERS, np.array([2**63, 0, 1], dtype=object)).y.tolist() == [2.0**63, 0, 1]


class Lazy:
    """A query of polars that was not run."""

    columns = ("a", "b")

    def __getitem__(self, name):
        raise AssertionError("looked into")

    def collect(self):
        raise AssertionError("run without being asked")


REFUSED = {
    "masked": (np.ma.array([[1.0], [1e30]], mask=[[0], [1]]), r"masked values, the first at sample 1; fill them \(x.f"),
    "masked row": ([np.ma.array([1.0, 2.0], mask=[0, 1])], "masked values, the first at sample 1"),
    "masked number": ([[1.0, np.ma.masked]], "masked values"),
    "masked records": (np.ma.array([(1, 2.0)], mask=[(0, 1)], dtype="i4, f8"), "structured_to_unstructured"),
    "missing": (np.array([[1, 2], [3, None]], dtype=object), "a missing value at sample 1; fill missing values, or"),
    "arrays in an array": (np.array([np.zeros(2), None], dtype=object)[:1], "ndarray at sample 0; give one array"),
    "dictionaries": ([{"a": 1, "b": 2}], "an object of type dict at sample 0; give the values"),
    "dates": ([[datetime.date(2026, 1, 1), 1]], "an object of type date at sample 0; give numbers"),
    "digits": ([["1", "2"]], r"element type <U1; turn text into numbers: x.astype\(float\)"),
    "text among numbers": ([[1, "a"]], "turn text into numbers"),
    "bytes": ([[b"1", b"2"]], "turn text into numbers"),
    "text of variable width": (np.array([["a", "b"]], np.dtypes.StringDType()), "turn text into numbers"),
    "complex": (np.zeros((1, 2), complex), "complex128; give real numbers, such as x.real"),
    "complex objects": (np.array([[1j, 1]], dtype=object), "give real numbers"),
    "days": (np.array([["2026-01-01", "2026-01-02"]], "M8[D]"), "give the time since a first day as a number"),
    "durations": (np.array([[1, 2]], "m8[s]"), "give the time as a number"),
    "records": (np.zeros(2, "i4, f8"), "give one axis for the fields"),
    "an array of no axis": (np.array(3.0), "is a single value; give one row a sample"),
    "a number": (3, "is a single value; give one row a sample"),
    "None": (None, "is None; give an array with one row a sample"),
    "the name of a file": ("train.csv", "is the text 'train.csv'; load the data"),
    "too large": ([[10**400, 1]], "has a number that float64 cannot hold"),
    "a lazy frame": (Lazy(), r"is a Lazy that is not computed yet; give x.collect\(\)"),
    "columns": ({"a": [1.0], "b": [2.0]}, r"is a dict, and a network has one input; give one .*np.column_stack"),
    "generator": ((row for row in NUMBERS), r"is a generator; give an array: np.stack\(list"),
    "set": ({1.0, 2.0}, r"is a set; give an array: np.stack\(list"),
    "function": (lambda: NUMBERS, "is a function that can be called; give an array"),
    "ragged": ([[1.0, 2.0], [3.0]], "is ragged: its rows have different lengths"),
    "two inputs": ([np.zeros((3, 2)), np.ones((3, 2))], r"list of 2 arrays, and a network has one input; join them"),
    "two unlike inputs": ([np.zeros((3, 2)), np.ones((3, 1))], "list of 2 arrays, and a network has one input"),
    "split": (gn.Split(NUMBERS, [1, 2, 3]), "is a Split, which holds targets too; give the samples"),
    "batches": (gn.Batches([(NUMBERS, [1, 2, 3])]), "is a Batches, which holds targets too"),
    "a list of batches": ([(np.zeros((3, 2)), np.zeros(3))], "is a list, which holds targets too; give the samples"),
    "a list of splits": ([gn.Split(NUMBERS, [1, 2, 3])] * 2, "is a list, which holds targets too; give the samples"),
    "dataset": (gn.datasets.xor().load(), "is a dataset of several splits; give one of them: data.train"),
    "source": (gn.datasets.xor(), r"is a dataset that is not loaded; .*gn.datasets.xor\(\).load\(\); data.train"),
    "class of a source": (gn.datasets.xor, "is a dataset that is not loaded"),
}  # fmt: skip


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_array_of_numbers_is_refused_with_advice(sums, values, message):
    with pytest.raises(gn.DataError, match=f"^x (is|has) .*{message}|^x {message}") as caught:
        sums.predict(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("use", ["fit", "evaluate", "validation", "batches", "sample_weight"])
def test_masked_values_are_refused_wherever_data_are_taken(sums, use):
    x, y = NUMBERS, [1, 2, 3]
    masked = np.ma.array([1.0, 1e30, 1.0], mask=[0, 1, 0])
    options = {"loss": "mse", "optimizer": "sgd"}
    calls = {
        "fit": lambda: sums.fit(x, masked, **options),
        "evaluate": lambda: sums.evaluate(x, masked),
        "validation": lambda: sums.fit(x, y, validation=(x, masked), **options),
        "batches": lambda: sums.fit([(x, y), (x, masked)], **options),
        "sample_weight": lambda: sums.fit(x, y, sample_weight=masked, **options),
    }
    with pytest.raises(gn.DataError, match="has masked values, the first at sample 1") as caught:
        calls[use]()
    begin = {"fit": "y", "evaluate": "y", "validation": "validation: y", "batches": "batch 1: y"}.get(use, use)
    assert str(caught.value).startswith(f"{begin} has")


@pytest.mark.parametrize("y", [["cat", "dog", "cat"], np.array(["cat", "dog", "cat"], dtype=object)])
def test_text_labels_say_how_to_make_integers_of_them(sums, y):
    with pytest.raises(gn.DataError, match=r"turn text labels into integers: classes, y = np.unique\(labels, return"):
        sums.fit(NUMBERS, y, loss="mse", optimizer="sgd")


def test_several_outputs_are_refused_with_advice(sums):
    with pytest.raises(gn.DataError, match="y is a list of 2 arrays, and a network has one output; join them"):
        sums.fit(NUMBERS, [np.zeros(3), np.ones(3)], loss="mse", optimizer="sgd")


def test_several_inputs_are_refused_with_advice(sums):
    with pytest.raises(gn.DataError, match="x is a list of 2 arrays, and a network has one input; join them"):
        sums.fit([np.zeros((3, 2)), np.zeros((3, 2))], [1, 2, 3], loss="mse", optimizer="sgd")


def test_a_list_of_samples_is_one_input(sums):
    samples = [np.array(row) for row in NUMBERS]
    np.testing.assert_array_equal(sums.predict(samples), [[1.0], [3.5], [-2.0]])
    assert sums.evaluate(samples, [1, 3.5, -2])["loss"] == 0


# --- columns of frames -------------------------------------------------------------------------------------


class Column:
    """A column that only knows `to_numpy`, with the element type by name."""

    def __init__(self, values, dtype=""):
        self.values, self.dtype = values, dtype

    def to_numpy(self):
        return np.array(self.values)


class Table:
    """A table as those of pyarrow: the columns have names of their own, and `columns` holds the columns."""

    def __init__(self, **columns):
        self._columns = columns
        self.column_names = list(columns)
        self.columns = list(columns.values())

    def __getitem__(self, name):
        return self._columns[name]

    def __len__(self):
        return 2


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (Column(["r", "g"], "category"), "x: column 'color' holds categories; make one column of 0 and 1 for each"),
        (Column([1, 2], "Categorical(ordering='physical')"), "x: column 'color' holds categories"),
        (Column([1, 2], "dictionary<values=int64, indices=int32>"), "x: column 'color' holds categories"),
        (Column(["r", "g"]), "x: column 'color' has element type <U1; turn text into numbers"),
        (Column([1, None]), "x: column 'color' has a missing value at sample 1; fill missing values"),
        (Column(["2026-01-01", "2026-01-02"], "str"), "x: column 'color' has element type"),
        (np.ma.array([1, 2], mask=[0, 1]), "x: column 'color' has masked values, the first at sample 1"),
        (Column([[1, 2], [3, 4]]), "x: column 'color' holds arrays; give one number a row"),
    ],
)
def test_a_column_that_is_not_numeric_is_named(sums, column, message):
    with pytest.raises(gn.DataError, match=message.replace("(", r"\(").replace(")", r"\)")):
        sums.predict(Table(age=Column([1, 2]), color=column))


def test_integers_booleans_and_floats_are_taken_together(sums):
    frame = Table(age=Column([1, 2]), paid=Column([True, False], "boolean"))
    assert gn.Split(frame, [0, 0]).x.tolist() == [[1, 1], [2, 0]]
    np.testing.assert_array_equal(sums.predict(frame), [[2], [2]])


def test_a_table_without_columns_and_two_of_one_name_are_refused(sums):
    with pytest.raises(gn.DataError, match="x has no columns"):
        sums.predict(Table())
    twice = Table(a=Column([1, 2]))
    twice.column_names = ["a", "a"]
    with pytest.raises(gn.DataError, match="x has several columns 'a'; give each column a name of its own"):
        sums.predict(twice)


@pytest.mark.parametrize(
    ("x", "message"), [({"a": [1]}, "x is a dict"), ("train.csv", "x is the text"), (NUMBERS[0], "batch 0 is no")]
)
def test_data_without_targets_say_first_what_is_wrong_with_them(sums, x, message):
    with pytest.raises(gn.DataError, match=message):
        sums.fit(x, loss="mse", optimizer="sgd")


def test_the_advice_names_what_was_given():
    with pytest.raises(
        gn.DataError, match=r"y has element type datetime64\[D\]; .*: \(y - y.min\(\)\) / np.timedelta64"
    ):
        as_array(np.array(["2026-01-01", "2026-01-02"], "M8[D]"), "y")
    with pytest.raises(gn.DataError, match=r"give one axis for the fields: .*unstructured\(y\)"):
        as_array(np.zeros(2, "i4, f8"), "validation y")
