"""Sparse matrices and datasets of other libraries: the bytes of the dense array, and no more rows dense than needed."""

import numpy as np
import pytest
from scipy import sparse

import glassnet as gn
from glassnet_dataloaders import lazy_rows

RNG = np.random.default_rng(0)
X = np.where(RNG.random((300, 20)) < 0.2, RNG.normal(size=(300, 20)), 0).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


class Column:
    """A dataset of Hugging Face with one column, ``x``."""

    column_names = ("x",)

    def __init__(self, rows):
        self.rows = rows

    def with_format(self, kind):
        assert kind == "numpy"
        return self

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, rows):
        return {"x": [self.rows[row] for row in rows] if isinstance(rows, list) else self.rows[rows]}


def trained(x, y=Y, **options):
    net = gn.Network("flatten dense(8) relu dense(2) softmax")
    net.fit(x, y, loss="cross_entropy", optimizer="adam", epochs=2, **options)
    return net


@pytest.mark.parametrize("options", [{}, {"validation": 0.2}, {"class_weight": "balanced"}, {"sample_weight": Y + 1.0}])
@pytest.mark.parametrize("given", [sparse.csr_array(X), sparse.csc_matrix(X), sparse.dok_matrix(X), Column(list(X))])
def test_lazy_rows_train_to_the_bytes_of_the_array(given, options):
    lazy, dense = trained(given, **options), trained(X, **options)
    assert lazy.flat_parameters.tobytes() == dense.flat_parameters.tobytes()
    assert dict(lazy.history) == dict(dense.history)
    assert (lazy.predict(given) == dense.predict(X)).all()


def test_few_rows_of_a_sparse_matrix_are_dense_at_once(monkeypatch):
    largest = []
    read = lazy_rows.SparseRows.read
    monkeypatch.setattr(lazy_rows.SparseRows, "read", lambda self, rows: largest.append(len(rows)) or read(self, rows))
    words = sparse.random_array((2000, 10_000), density=1e-3, rng=0, dtype=np.float32, format="csr")
    net = gn.Network("dense(2) softmax")
    net.fit(words, np.arange(2000) % 2, loss="cross_entropy", optimizer="sgd", epochs=1)
    net.predict(words)
    assert max(largest) <= 512


def test_rows_are_read_by_slices_arrays_and_numbers():
    rows = lazy_rows.SparseRows(sparse.csr_array(X))
    assert (rows[3:5] == X[3:5]).all()
    assert (rows[np.array([7, 1])] == X[[7, 1]]).all()
    assert (rows[-1] == X[-1]).all()
    assert (len(rows), rows.shape, rows.dtype, rows.ndim) == (300, (300, 20), np.float32, 2)


def test_images_of_a_dataset_are_pixels():
    images = RNG.integers(0, 256, (40, 5, 5), dtype=np.uint8)
    assert (
        trained(Column(list(images)), Y[:40]).flat_parameters.tobytes()
        == trained(images, Y[:40]).flat_parameters.tobytes()
    )


def test_images_of_several_sizes_are_an_error():
    images = [np.zeros((4, 4), np.uint8), np.ones((5, 4), np.uint8)]
    with pytest.raises(
        gn.DataError, match=r"samples differ in shape \(\(4, 4\) and \(5, 4\)\); give all of them the same"
    ):
        trained(Column(images), [0, 1])


def test_a_sparse_matrix_with_nan_names_the_sample():
    bad = X.copy()
    bad[7, 3] = np.nan
    with pytest.raises(gn.DataError, match="x has nan at sample 7"):
        trained(sparse.csr_array(bad))


def of_torch(name, **members):
    """Return an object of a class that looks to glassnet as one of `torch.utils.data`."""
    module = f"torch.utils.data.{name.lower()}"
    return type(name, (), {"__module__": module, **{key: staticmethod(value) for key, value in members.items()}})()


PAIRS = of_torch("Dataset", __len__=lambda: len(X), __getitem__=lambda row: (X[row], Y[row]))
ALONE = of_torch("Dataset", __len__=lambda: len(X), __getitem__=lambda row: X[row])


@pytest.mark.parametrize(
    "given",
    [
        PAIRS,
        ALONE,
        of_torch("DataLoader", __iter__=lambda: ((X[at : at + 7], Y[at : at + 7]) for at in range(0, 300, 7))),
        of_torch("DataLoader", __iter__=lambda: ([X[at : at + 9]] for at in range(0, 300, 9))),
        of_torch("DataLoader", __iter__=lambda: (X[at : at + 9] for at in range(0, 300, 9))),
    ],
)
def test_predictions_of_what_pytorch_loads_are_those_of_the_array(given):
    net = trained(X)
    np.testing.assert_allclose(net.predict(given), net.predict(X), rtol=1e-6)


def test_a_loader_that_shuffles_warns_before_it_predicts():
    class RandomSampler:
        pass

    loader = of_torch("DataLoader", __iter__=lambda: iter([(X, Y)]))
    type(loader).sampler = RandomSampler()
    with pytest.warns(gn.GlassnetWarning, match="shuffles, so the outputs are in a random order"):
        trained(X).predict(loader)
    with pytest.raises(gn.DataError, match="without batches"):
        trained(X).predict(of_torch("DataLoader", __iter__=lambda: iter([])))
