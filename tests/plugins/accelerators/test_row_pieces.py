"""Pieces of rows: each is worked on once, by several threads only where there is enough to do."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.numpy_only.row_pieces import for_each_piece, row_pieces


@pytest.fixture
def shared(monkeypatch):
    """Return the list of calls that an executor got; it goes through the pieces backwards, as threads might."""
    calls = []

    class Backwards:
        def parallel_for(self, pieces, work):
            calls.append(pieces)
            for piece in reversed(range(pieces)):
                work(piece, 0)

    monkeypatch.setattr(gn, "executor", Backwards)
    return calls


def test_two_million_bytes_are_a_piece():
    # 20 rows of 100,000 bytes fit; 50 rows are three pieces, and one more makes their number even.
    assert row_pieces(50, 100_000) == (slice(0, 13), slice(13, 26), slice(26, 39), slice(39, 50))
    assert row_pieces(20, 100_000) == (slice(0, 20),)


@pytest.mark.parametrize(("values", "by_threads"), [(499_999, []), (500_000, [4])])
def test_threads_share_half_a_million_values(values, by_threads, shared):
    counts, seen = np.zeros(50, int), []

    def work(number, some):
        counts[some] += 1
        seen.append(number)

    for_each_piece(values, row_pieces(50, 100_000), work)
    assert (counts == 1).all()
    assert shared == by_threads
    assert seen == ([3, 2, 1, 0] if by_threads else [0, 1, 2, 3])


def test_a_single_piece_has_no_thread_to_share_it_with(shared):
    seen = []
    for_each_piece(10_000_000, (slice(0, 5),), lambda number, some: seen.append((number, some)))
    assert (seen, shared) == ([(0, slice(0, 5))], [])
