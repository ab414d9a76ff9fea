"""What tests of fusion share."""

import numpy as np
import pytest

from glassnet_fusion.programs import finish_compiling
from glassnet_machine_code import code_cache


@pytest.fixture
def compiled():
    """Return a function that calls another one when its code is compiled."""

    def call(function, *arguments):
        function(*[np.copy(each) for each in arguments])
        finish_compiling()
        return function(*arguments)

    return call


@pytest.fixture
def same_bytes():
    """Return a function that compares two arrays bit by bit; of a NaN only that it is one."""

    def compare(got, wanted):
        got, wanted = np.asarray(got), np.asarray(wanted)
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
        numbers = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.isnan(got), ~numbers)
        assert got[numbers].tobytes() == wanted[numbers].tobytes()

    return compare


@pytest.fixture
def sharing(team, monkeypatch):
    """Return a function that sets a number of threads, each of which takes any number of rows."""
    from glassnet_fusion import shared_run
    from glassnet_parallel import thread_pool

    monkeypatch.setattr(thread_pool._Rest, "TOO_LATE", 1e9)  # no thread is left asleep beside busy processes
    monkeypatch.setattr(shared_run, "FOR_A_THREAD", 1)
    return team


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """Return the folder of a cache that holds nothing yet."""
    monkeypatch.setattr(code_cache, "folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"
