"""Cells as people write them, with the value that each stands for."""

import io

import numpy as np
import polars
import pytest
from rich.console import Console

from glassnet_tables.column_format import format_of, values_of, without_missing
from glassnet_tables.column_rows import ColumnRow, terminal_table

NAN = float("nan")


def read(cells, decimal="."):
    """Return the format of a column of text, and its values."""
    clean = without_missing(polars.Series("x", cells, dtype=polars.String))
    form = format_of(clean, decimal)
    values, _ = values_of(clean, form)
    return form, values.ravel().tolist()


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["1", "-2.5", "+3e2", ".5", "6."], [1, -2.5, 300, 0.5, 6], ""),
        (["1,5", "2,25", "-0,125"], [1.5, 2.25, -0.125], ""),
        (["1,234.5", "12,345,678.25", "7"], [1234.5, 12345678.25, 7], ""),
        (["1.234,5", "12.345.678,25", "7"], [1234.5, 12345678.25, 7], ""),
        (["1,234", "5,678,901"], [1234, 5678901], ""),
        (["1.234", "2.500"], [1.234, 2.5], ""),  # a point is a point where nothing tells otherwise
        (["1.234", "5.678.901"], [1234, 5678901], ""),
        (["1,234", "0,5"], [1.234, 0.5], ""),
        (["1 234,50", "12 345 678,00"], [1234.5, 12345678], ""),
        (["1\u202f234", "2\u00a0000"], [1234, 2000], ""),
        (["1'234.50", "2’000.00"], [1234.5, 2000], ""),
        (["5 €", "1.200,50 €"], [5, 1200.5], "€"),
        (["€5.00", "-€1,200.50"], [5, -1200.5], "€"),
        (["$5", "$-7.25", "US$3"], [5, -7.25, 3], "$"),
        (["EUR 5", "7 EUR", "8 EUR"], [5, 7, 8], "EUR"),
        (["12%", "7.5 %"], [12, 7.5], "%"),
        (["(1,200.50)", "30.00"], [-1200.5, 30], ""),
        (["\u22125", "3"], [-5, 3], ""),
        (["1", "", "NA", "?", "-", "nan", "null", "N/A", " 2 "], [1] + [NAN] * 7 + [2], ""),
        (["1e999", *["1"] * 20], [NAN] + [1] * 20, ""),
    ],
)
def test_numbers(cells, values, unit):
    form, found = read(cells)
    assert (form.type, form.unit) == ("number", unit)
    np.testing.assert_array_equal(found, values)


def test_the_rest_of_the_file_decides_what_a_comma_is():
    assert read(["1,234", "5,678"], ".")[1] == [1234, 5678]
    assert read(["1,234", "5,678"], ",")[1] == [1.234, 5.678]
    assert read(["1.234", "5.678"], ",")[1] == [1234, 5678]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["yes", "No", "TRUE", "false"], [1, 0, 1, 0]),
        (["y", "no", "1", "0", "Ja"], [1, 0, 1, 0, 1]),
        (["wahr", "falsch", "", "ja"], [1, 0, NAN, 1]),
    ],
)
def test_yes_and_no_in_several_spellings(cells, values):
    form, found = read(cells)
    assert form.type == "boolean"
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("cells", [["y", "n", "t"], ["yes", "no", "maybe"], ["yes", "ja", "true"], ["t", "n"]])
def test_words_that_are_not_yes_and_no_are_categories(cells):
    assert read(cells)[0].type == "text"


def test_many_columns_are_shown_as_ranges_that_name_each_once():
    rows = [ColumnRow(f"c{place}", "number", 1, "standardize", 2) for place in range(100)]
    rows[40] = ColumnRow("odd", "date", 0, "date_parts", 5)
    console = Console(width=100, file=io.StringIO())
    console.print(terminal_table(rows))
    shown = [" ".join(line.split()) for line in console.file.getvalue().splitlines()]
    assert shown[1:] == [
        "c0 to c39 (40 columns) number 40 standardize 80",
        "odd date date_parts 5",
        "c41 to c99 (59 columns) number 59 standardize 118",
    ]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["2024-01-31", "2023-12-01"], ["2024-01-31", "2023-12-01"]),
        (["2024-01-31T13:05:00Z", "2023-12-01T00:00:01Z"], ["2024-01-31T13:05", "2023-12-01T00:00:01"]),
        (["2024-01-31 13:05", "2023-12-01 07:00"], ["2024-01-31T13:05", "2023-12-01T07:00"]),
        (["31.01.2024", "1.12.2023"], ["2024-01-31", "2023-12-01"]),
        (["31/01/2024", "01/12/2023"], ["2024-01-31", "2023-12-01"]),
        (["01/31/2024", "12/01/2023"], ["2024-01-31", "2023-12-01"]),
        (["01/02/2024", "03/04/2023"], ["2024-02-01", "2023-04-03"]),  # day first where both can be read
        (["31 Jan 2024", "1 Dec 2023"], ["2024-01-31", "2023-12-01"]),
        (["Jan 31, 2024", "Dec 1, 2023"], ["2024-01-31", "2023-12-01"]),
        (["31.01.24", "01.12.23"], ["2024-01-31", "2023-12-01"]),
        (["1/31/2024 1:05 PM", "12/1/2023 12:10 AM"], ["2024-01-31T13:05", "2023-12-01T00:10"]),
        (["2024-01-31", ""], ["2024-01-31", "NaT"]),
    ],
)
def test_dates(cells, values):
    clean = without_missing(polars.Series("x", cells))
    form = format_of(clean)
    assert form.type == "date"
    np.testing.assert_array_equal(values_of(clean, form)[0], np.array(values, "datetime64[us]"))


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["yes", "no", "YES"], [1, 0, 1]),
        (["true", "False"], [1, 0]),
        (["t", "f", ""], [1, 0, NAN]),
        (["ja", "nein"], [1, 0]),
    ],
)
def test_truth_values(cells, values):
    form, found = read(cells)
    assert form.type == "boolean"
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    "cells",
    [
        ["red", "green"],
        ["01067", "04109"],
        ["1-2", "3-4"],
        ["12A", "13B"],
        ["v1.2.3", "v1.2.4"],
        ["192.168.0.1", "10.0.0.1"],
        ["yes", "maybe"],
        ["12:30", "13:45"],
        ["2024", "unknown"],
        ["$", "€"],
    ],
)
def test_other_cells_are_text(cells):
    form, found = read(cells)
    assert form.type == "text"
    assert found == cells


def test_the_format_of_the_training_reads_a_single_new_cell():
    form, _ = read(["1,234", "0,5"])
    clean = without_missing(polars.Series("x", ["1,234"]))
    assert values_of(clean, form)[0].item() == 1.234
    clean = without_missing(polars.Series("x", ["1.5"]))  # another file may write points
    assert values_of(clean, form)[0].item() == 1.5
