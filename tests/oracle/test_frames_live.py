"""Frames of pandas, tensors of PyTorch and sparse matrices of SciPy, as users give them."""

import numpy as np
import pytest

import glassnet as gn

WITHOUT = "tests/core/data/test_conversion.py takes objects that look the same to glassnet"
pandas = pytest.importorskip("pandas", reason=WITHOUT)
sparse = pytest.importorskip("scipy.sparse", reason=WITHOUT)
torch = pytest.importorskip("torch", reason=WITHOUT)

GOOD = {"age": [3, 1, 2], "paid": [True, False, True], "height": [0.5, 0.25, 1.0]}
PLAIN = np.column_stack(list(GOOD.values())).astype(float)


def trained(x, y=(1.0, 2.0, 3.0)):
    net = gn.Network("dense(1)")
    # The numbers of a frame as they are; fit(frame, y) would fit transforms to its columns.
    x, y = (gn.Split(x, y), None) if hasattr(x, "columns") or len(getattr(x, "column_names", "")) > 1 else (x, y)
    net.fit(x, y, loss="mse", optimizer="sgd", epochs=2, progress=False)
    return net


@pytest.mark.parametrize("backend", [None, "numpy_nullable"])
def test_a_frame_trains_as_the_array_of_its_values(backend):
    frame = pandas.DataFrame(GOOD)
    frame = frame if backend is None else frame.convert_dtypes(dtype_backend=backend)
    net = trained(frame, pandas.Series([1.0, 2.0, 3.0], name="y"))
    assert net.flat_parameters.tobytes() == trained(PLAIN).flat_parameters.tobytes()
    assert net.inputs.columns == ("age", "paid", "height")
    with pytest.raises(gn.DataError, match="another order"):
        net.predict(frame[["paid", "age", "height"]])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pandas.Categorical(["r", "g", "r"]), "column 'color' holds categories"),
        (["r", "g", "r"], "column 'color' has the text 'r' at sample 0"),
        (pandas.array([1, None, 2], dtype="Int64"), "x has nan at sample 1, column 'color'"),
        (pandas.array([True, None, False], dtype="boolean"), "column 'color' has a missing value at sample 1"),
        (pandas.date_range("2026", periods=3), "column 'color' has element type datetime64"),
        ([1.0, np.nan, 2.0], "x has nan at sample 1, column 'color'"),
    ],
)
def test_the_column_that_cannot_be_used_is_named(column, message):
    frame = pandas.DataFrame(GOOD).assign(color=column)
    with pytest.raises(gn.DataError, match=message):
        trained(frame)


def test_one_hot_columns_of_get_dummies_train_as_floats():
    words = pandas.Series(list("abcacb"))
    y = np.arange(6.0)
    expected = trained(pandas.get_dummies(words).to_numpy(float), y).flat_parameters.tobytes()
    for dtype in ("uint8", "bool", "int64", "float32"):
        assert trained(pandas.get_dummies(words, dtype=dtype), y).flat_parameters.tobytes() == expected


@pytest.mark.parametrize("labels", [["a", "b", "a"], pandas.Categorical(["a", "b", "a"])])
def test_a_series_of_text_labels_says_how(labels):
    with pytest.raises(gn.DataError, match="turn text labels into integers"):
        trained(PLAIN, pandas.Series(labels))


def test_tensors_train_as_arrays_with_and_without_gradient():
    expected = trained(PLAIN).flat_parameters.tobytes()
    x, y = torch.tensor(PLAIN), torch.tensor([1.0, 2.0, 3.0])
    assert trained(x, y).flat_parameters.tobytes() == expected
    assert trained(x.requires_grad_(), y.requires_grad_()).flat_parameters.tobytes() == expected
    assert trained(list(x), y).flat_parameters.tobytes() == expected
    with pytest.raises(gn.DataError, match="x is a Tensor that NumPy cannot read"):
        trained(x.detach().to(torch.bfloat16))


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array, sparse.lil_matrix])
def test_a_sparse_matrix_trains_as_its_dense_array(kind):
    expected = trained(PLAIN)
    net = trained(kind(PLAIN))
    assert net.flat_parameters.tobytes() == expected.flat_parameters.tobytes()
    assert (net.predict(kind(PLAIN)) == expected.predict(PLAIN)).all()
    assert net.evaluate(kind(PLAIN), [1.0, 2.0, 3.0]) == expected.evaluate(PLAIN, [1.0, 2.0, 3.0])


def test_a_dataset_of_tensors_trains_as_its_arrays():
    dataset = torch.utils.data.TensorDataset(torch.tensor(PLAIN), torch.tensor([1.0, 2.0, 3.0]))
    expected = trained(PLAIN).flat_parameters.tobytes()
    assert trained(dataset, None).flat_parameters.tobytes() == expected
    assert trained(torch.utils.data.Subset(dataset, [0, 1, 2]), None).flat_parameters.tobytes() == expected
    batches = torch.utils.data.DataLoader(dataset, batch_size=3)
    loss = trained(PLAIN).evaluate(PLAIN, [1.0, 2.0, 3.0])["loss"]
    assert trained(PLAIN).evaluate(batches)["loss"] == trained(PLAIN).evaluate(dataset)["loss"] == loss


def test_a_dataset_of_hugging_face_trains_as_its_arrays():
    datasets = pytest.importorskip("datasets", reason="tests/plugins/dataloaders has one that looks the same")
    expected = trained(PLAIN).flat_parameters.tobytes()
    columns = datasets.Dataset.from_dict({"age": PLAIN[:, 0], "paid": PLAIN[:, 1], "height": PLAIN[:, 2]})
    assert trained(columns).flat_parameters.tobytes() == expected
    arrays = datasets.Dataset.from_dict({"x": PLAIN.tolist(), "y": [1.0, 2.0, 3.0]})
    assert trained(arrays.select_columns("x"), arrays["y"]).flat_parameters.tobytes() == expected
