"""Views found again in another array, and views that show an element twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from glassnet_autodiff.memory_layout import offset, owner, same_view, shows_twice, zeros_beside

CUBE = np.arange(24.0).reshape(2, 3, 4)
VIEWS = {
    "all": lambda x: x,
    "turned": lambda x: x.transpose(2, 0, 1),
    "backwards": lambda x: x[:, ::-1, ::2],
    "one": lambda x: x[1, 2, 3, ...],
    "row_of_view": lambda x: x.swapaxes(0, 2)[1:][0],
    "diagonal": lambda x: np.diagonal(x, 1, 1, 2),
    "none": lambda x: x[:0],
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_view_is_found_again(name: str, order: Any) -> None:
    array = np.array(CUBE, order=order)
    other = zeros_beside(array)
    view = VIEWS[name](array)
    assert not shows_twice(view)
    same_view(view, other)[...] = view
    # What was written to the other array is there where the view shows the first one, and nowhere else.
    shown = np.isin(array, view)
    np.testing.assert_array_equal(other, np.where(shown, array, 0))


@pytest.mark.parametrize(
    "view",
    [
        np.broadcast_to(CUBE[0, 0], (2, 4)),
        np.broadcast_arrays(CUBE[0, 0], np.ones((2, 1)))[0],
        sliding_window_view(CUBE, 2, axis=2),
        as_strided(CUBE, (3, 2), (8, 8)),
        sliding_window_view(CUBE, 2, axis=0)[:, ::-1],
    ],
)
def test_a_view_that_shows_an_element_twice_is_told(view: Any) -> None:
    addresses = view.__array_interface__["data"][0] + sum(
        index * step for index, step in zip(np.indices(view.shape), view.strides, strict=True)
    )
    twice = np.unique(addresses).size < view.size
    assert shows_twice(view) == twice


def test_parts_of_complex_numbers_are_found_again() -> None:
    z = CUBE + 1j * CUBE[::-1]
    other = zeros_beside(z)
    same_view(z.imag[0], other)[...] = z.imag[0]
    np.testing.assert_array_equal(other[0], 1j * CUBE[1])
    assert not other[1].any()


def test_the_owner_of_windows_is_the_array_that_they_show():
    array = np.arange(5.0)
    windows = sliding_window_view(array[2:], 3)
    assert owner(windows) is array
    assert offset(windows) == 16
