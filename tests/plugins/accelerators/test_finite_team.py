"""A look for NaN and infinity that threads share finds them in every place."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet_accelerators.shared_dense import SharedDense

REASON = SharedDense.unavailable_reason()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture
def look(team, monkeypatch):
    """Return a function that looks at two vectors with a number of threads, however short they are."""
    from glassnet_accelerators import finite_team
    from glassnet_parallel import thread_pool

    monkeypatch.setattr(thread_pool._Rest, "TOO_LATE", 1e9)  # no thread is left asleep beside busy processes
    monkeypatch.setattr(finite_team, "FOR_A_THREAD", 1)

    def look_with(count, x, y):
        team(count)
        return finite_team.finds_both_finite(x, y)

    return look_with


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_bad_number_is_found_in_every_place(value, count, look):
    x, y = np.random.default_rng(0).normal(size=(2, 41)).astype("float32")
    assert look(count, x, y)
    for vector in (x, y):
        for place in range(41):
            number, vector[place] = vector[place], value
            assert not look(count, x, y)
            vector[place] = number
    assert look(count, x, y)


def test_a_product_that_overflows_says_nothing(look):
    assert not look(2, np.full(100, 3e38, "float32"), np.full(100, 2, "float32"))


def test_other_types_and_few_threads_say_nothing(look):
    assert not look(2, np.ones(100), np.ones(100))
    assert not look(1, np.ones(100, "float32"), np.ones(100, "float32"))


def test_while_another_thread_has_the_team_nothing_is_said(look, team):
    with team(2).is_free:
        assert not look(2, np.ones(100, "float32"), np.ones(100, "float32"))
