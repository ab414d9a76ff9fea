"""Outputs of transforms for a few values, worked out by hand and from published values of CRC-32."""

from __future__ import annotations

import math

import numpy as np

import glassnet as gn

ROOT_HALF = math.sqrt(0.5)


def fitted(spec: str, training: np.ndarray, values: np.ndarray) -> np.ndarray:
    transform = gn.create("transform", spec)
    return transform.transform(values, transform.fit(training))


def texts(*values: str | None) -> np.ndarray:
    return np.array(values, object)


def test_frequency_is_the_share_of_the_training_rows() -> None:
    found = fitted("frequency", texts("a", "a", "b", None), texts("b", "a", "new", None))
    np.testing.assert_array_equal(found, [[0.25], [0.5], [0], [0]])


def test_parts_of_dates_are_days_and_points_of_circles() -> None:
    """1 April 2024 was a Monday, 91 days after New Year; 3 July was a Wednesday, 184 days after."""
    dates = np.array(["2024-01-01T00:00", "2024-04-01T06:00", "2024-07-03T12:00", "NaT"], "datetime64[s]")
    _, april, july, missing = fitted("date_parts", dates, dates)
    np.testing.assert_allclose(april, [91.25, 1, 0, 0, 1, 1, 0], atol=1e-12)
    third_day = 2 * math.pi * 2 / 7
    np.testing.assert_allclose(
        july, [184.5, 0, -1, math.sin(third_day), math.cos(third_day), 0, -1], rtol=1e-12, atol=1e-12
    )
    assert np.isnan(missing).all()


def test_a_part_that_never_changes_has_no_output() -> None:
    dates = np.array(["2024-01-01", "2024-01-08", "2024-01-15"], "datetime64[s]")
    np.testing.assert_array_equal(fitted("date_parts", dates, dates), [[0], [7], [14]])


def test_words_count_where_crc_32_puts_them() -> None:
    """CRC-32 of 123456789 is cbf43926, the published check value, and of abc 352441c2: places 6 and 2 of 16."""
    expected = np.zeros((4, 16))
    expected[0, 6] = 1
    # Half of the codes, those below 80000000, count negatively.
    expected[1, 2] = -1
    expected[2, [2, 6]] = -ROOT_HALF, ROOT_HALF
    values = texts("123456789 123456789", "ABC", "abc, 123456789", None)
    np.testing.assert_allclose(fitted("text(16)", values, values), expected, atol=1e-12)
    # The word abc, and its runs ab and bc.
    assert np.count_nonzero(fitted("text(4096, characters=2)", values, texts("abc"))) == 3


def test_a_category_is_1_where_crc_32_puts_it() -> None:
    found = fitted("hashed(16)", texts("abc"), texts("123456789", "abc"))
    np.testing.assert_array_equal(found, np.eye(16)[[6, 2]])
