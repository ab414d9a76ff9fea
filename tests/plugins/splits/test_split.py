"""Splits: samples one by one, parts of them, and what they are made of."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_dataloaders import memmap as on_disk

X = np.arange(12.0).reshape(4, 3)
Y = np.array([0, 1, 0, 1])


def test_iteration_yields_each_sample_with_its_target():
    seen = [(x.tolist(), int(y)) for x, y in gn.Split(X, Y)]
    assert seen == [([0, 1, 2], 0), ([3, 4, 5], 1), ([6, 7, 8], 0), ([9, 10, 11], 1)]


def test_iteration_yields_as_many_samples_as_there_are():
    data = gn.datasets.xor().load()
    for split in (data.train, data.test):
        assert len(list(split)) == len(split) > 0


def test_a_weight_comes_with_its_sample():
    assert [float(weight) for _, _, weight in gn.Split(X, Y, [1, 2, 3, 4])] == [1, 2, 3, 4]


@pytest.mark.parametrize("index", [1, -3, np.int64(1)])
def test_a_number_picks_one_sample(index):
    x, y = gn.Split(X, Y)[index]
    assert (x.tolist(), int(y)) == ([3, 4, 5], 1)


def test_a_number_beyond_the_samples_is_an_index_error():
    with pytest.raises(IndexError):
        gn.Split(X, Y)[4]


@pytest.mark.parametrize("chosen", [slice(1, 3), [1, 2], np.array([False, True, True, False])])
def test_slices_indices_and_masks_pick_a_split(chosen):
    part = gn.Split(X, Y, [1, 2, 3, 4])[chosen]
    assert (part.x.tolist(), part.y.tolist(), part.weights.tolist()) == ([[3, 4, 5], [6, 7, 8]], [1, 0], [2, 3])


def test_lists_are_arrays_from_the_start():
    split = gn.Split(X.tolist(), Y.tolist())
    assert (type(split.x), type(split.y), split[:2].x.shape) == (np.ndarray, np.ndarray, (2, 3))


def test_unpacking_a_split_as_a_pair_is_an_error():
    with pytest.raises(ValueError, match="too many values to unpack"):
        _x, _y = gn.Split(X, Y)


def test_samples_in_a_file_are_iterated_too(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert [x.tolist() for x, _ in gn.Split(mapped, Y)] == X.tolist()
    some = gn.Split(on_disk.picked(mapped, np.array([1, 3])), Y[[1, 3]])
    assert [x.tolist() for x, _ in some] == [[3, 4, 5], [9, 10, 11]]


class Stored:
    """An array of h5py: shape, dtype and chunks, and slices on request, but no len()."""

    shape, ndim, dtype, chunks = X.shape, 2, X.dtype, (2, 3)

    def __getitem__(self, chosen):
        return X[chosen]


def test_chunked_arrays_are_iterated_too():
    assert [x.tolist() for x, _ in gn.Split(Stored(), Y)] == X.tolist()


@pytest.mark.parametrize(
    ("array", "rows"),
    [(on_disk.Stored(Stored()), X), (on_disk.Rows(X, np.array([0, 2])), X[[0, 2]])],
    ids=["all", "some"],
)
def test_an_array_on_disk_is_iterated_row_by_row(array, rows):
    assert [row.tolist() for row in array] == rows.tolist()


@pytest.mark.parametrize("thing", [gn.datasets.xor().load(), gn.Batches([(X, Y)]), gn.Network("dense(1)")])
def test_what_has_no_samples_to_iterate_over_says_so(thing):
    with pytest.raises(TypeError, match="not iterable"):
        iter(thing)
