"""Rows that threads gather: those of NumPy, and NumPy's errors."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.shared_dense import SharedDense

REASON = SharedDense.unavailable_reason()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture
def take(team, monkeypatch):
    """Return a function that gathers rows with a number of threads, however short they are; and the parts of a call."""
    from glassnet_accelerators import rows_team
    from glassnet_parallel import thread_pool

    monkeypatch.setattr(thread_pool._Rest, "TOO_LATE", 1e9)  # no thread is left asleep beside busy processes
    monkeypatch.setattr(rows_team, "FOR_A_THREAD", 1)
    parts, on_team = [], rows_team.on_team
    monkeypatch.setattr(rows_team, "on_team", lambda count, *more: parts.append(count) or on_team(count, *more))

    def take_with(count, array, indices):
        team(count)
        return rows_team.take_rows(array, indices)

    take_with.parts = parts
    return take_with


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int16", "datetime64[s]"])
@pytest.mark.parametrize("shape", [(7,), (7, 1), (7, 33), (7, 5, 3, 2)], ids=str)
def test_threads_gather_the_rows_at_the_indices(shape, dtype, count, take):
    """Each row holds its index, so that what is to come out is seen without gathering."""
    array = np.broadcast_to(np.arange(7).reshape(7, *[1] * (len(shape) - 1)), shape).astype(dtype)
    indices = np.array([6, 0, 3, 3, 5])
    rows = take(count, array, indices)
    assert (rows.shape, rows.dtype) == ((5, *shape[1:]), array.dtype)
    np.testing.assert_array_equal(rows.reshape(5, -1)[:, 0].astype("int64"), indices)
    np.testing.assert_array_equal(rows.reshape(5, -1), np.repeat(rows.reshape(5, -1)[:, :1], rows[0].size, axis=1))
    assert take.parts == [count]


@pytest.mark.parametrize("index", [7, -8, 2**40])
def test_an_index_of_no_row_is_the_error_of_numpy(index, take):
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for axis 0 with size 7"):
        take(2, np.ones((7, 3)), np.array([1, index, 2, 3]))


def test_an_index_from_the_end_is_that_of_numpy(take):
    np.testing.assert_array_equal(take(2, np.arange(14.0).reshape(7, 2), np.array([0, -1])), [[0, 1], [12, 13]])


class Derived(np.ndarray):
    """An array of a class of its own."""


LEFT = {
    "every other row": (np.arange(14.0).reshape(7, 2)[::2], np.array([3, 1])),
    "axes in another order": (np.asfortranarray(np.arange(8.0).reshape(4, 2)), np.array([3, 1])),
    "objects": (np.array([["a"], ["b"], ["c"], ["d"]], object), np.array([3, 1])),
    "another class": (np.arange(8.0).reshape(4, 2).view(Derived), np.array([3, 1])),
    "indices of four bytes": (np.arange(8.0).reshape(4, 2), np.array([3, 1], np.int32)),
    "every other index": (np.arange(8.0).reshape(4, 2), np.array([3, 0, 1])[::2]),
}


@pytest.mark.parametrize(("array", "indices"), LEFT.values(), ids=LEFT)
def test_what_compiled_code_does_not_take_is_left_to_numpy(array, indices, take):
    rows = take(2, array, indices)
    assert type(rows) is type(array)
    np.testing.assert_array_equal(rows, array[indices])
    assert take.parts == []


def test_while_another_thread_has_the_team_numpy_gathers(take, team):
    with team(2).is_free:
        np.testing.assert_array_equal(take(2, np.arange(4.0), np.array([2, 0])), [2, 0])


def test_few_bytes_are_left_to_numpy(team, monkeypatch):
    """By hand: 24 rows of 1,000 numbers of four bytes are less than the 100,000 of a thread."""
    from glassnet_accelerators import rows_team

    team(2)
    monkeypatch.setattr(rows_team, "on_team", lambda *_: pytest.fail("they were gathered by threads"))
    array = np.ones((30, 1000), "float32")
    assert rows_team.take_rows(array, np.arange(24)).shape == (24, 1000)


def test_batches_of_a_training_are_gathered_by_threads(team, monkeypatch):
    import glassnet_accelerators.product_team  # noqa: F401  # where products are shared, rows are
    from glassnet_accelerators import rows_team

    team(2)
    counts, on_team = [], rows_team.on_team
    monkeypatch.setattr(rows_team, "on_team", lambda count, *more: counts.append(count) or on_team(count, *more))
    x = np.random.default_rng(0).normal(size=(128, 1000)).astype("float32")
    options = {"loss": "mse", "optimizer": "sgd", "epochs": 1, "batch_size": 64, "progress": False}
    gn.Network("dense(1)").fit(x, x[:, :1], **options)
    assert len(counts) == 2


def test_the_executor_gathers_by_the_team_and_another_one_stays(take, monkeypatch):
    from glassnet.components.services import Executor
    from glassnet_accelerators import product_team, rows_team
    from glassnet_accelerators.team_executor import gathering
    from glassnet_parallel.thread_executor import ThreadExecutor

    assert product_team  # threads share products
    asked = []
    monkeypatch.setattr(rows_team, "take_rows", lambda array, indices: asked.append(len(indices)) or array[indices])
    assert gathering(ThreadExecutor()).take(np.arange(4.0), np.array([2, 0])).tolist() == [2, 0]
    assert asked == [2]
    own = Executor()
    assert gathering(own) is own
