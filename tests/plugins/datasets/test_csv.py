"""A table of one's own: what becomes of its columns, and what is said when something is wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a table and returns its path."""

    def write(text: str, encoding: str = "utf-8") -> str:
        path = tmp_path / "my.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


def csv(path: str, target: str, **options: Any) -> Any:
    return gn.datasets.csv(path, target, **options)


def together(data: gn.Dataset) -> tuple[gn.Array, gn.Array]:
    """Return all samples of a dataset, training first."""
    return np.concatenate([data.train.x, data.test.x]), np.concatenate([data.train.y, data.test.y])


def refused(path: str, target: str, **options: Any) -> str:
    """Return the message with which a table is refused, without the folder."""
    with pytest.raises(gn.DataError) as caught:
        csv(path, target, **options).load()
    return str(caught.value).replace(str(Path(path).parent) + "/", "")


FLATS = """rooms,city,garden,rent
1,Bonn,no,400
2,Berlin,no,810.5
3,Bonn,yes,1020
4,Aachen,yes,1400
2,Berlin,yes,1000
1,Aachen,no,350
3,Berlin,no,1200
2,Bonn,no,640
4,Berlin,yes,2100
1,Berlin,yes,700
"""
ROWS = [line.split(",") for line in FLATS.splitlines()[1:]]

# --- what becomes of the columns ---------------------------------------------------------------------------------


def test_numbers_are_a_feature_and_text_is_one_for_each_category(write: Write) -> None:
    source = csv(write(FLATS), "rent", standardise=False)
    data = source.load()
    names = ["rooms", "city=Aachen", "city=Berlin", "city=Bonn", "garden=no", "garden=yes", "rent"]
    assert [column.name for column in source.columns()] == names
    cities, answers = ("Aachen", "Berlin", "Bonn"), ("no", "yes")
    expected = set()
    for rooms, city, garden, rent in ROWS:
        flags = [float(city == each) for each in cities] + [float(garden == each) for each in answers]
        expected.add((float(rooms), *flags, float(rent)))
    x, y = together(data)
    assert {tuple(row) for row in np.hstack([x, y]).tolist()} == expected
    assert x.dtype == y.dtype == np.float32


def test_the_order_of_columns_does_not_matter_to_the_target(write: Write) -> None:
    data = csv(write("y,x\n" + "".join(f"{i}.5,{i}\n" for i in range(10))), "y", standardise=False).load()
    x, y = together(data)
    np.testing.assert_array_equal(x + 0.5, y)


def test_a_fifth_of_the_rows_is_kept_to_test_with_and_the_seed_draws_them(write: Write) -> None:
    path = write(FLATS)
    data = csv(path, "rent").load()
    assert (len(data.train), len(data.test)) == (8, 2)
    assert (len(csv(path, "rent", test=0.5).load().train), len(csv(path, "rent", test=0.1).load().test)) == (5, 1)
    assert csv(path, "rent").load().test.x.tobytes() == data.test.x.tobytes()
    drawn = {csv(path, "rent", seed=seed, standardise=False).load().test.y.tobytes() for seed in range(8)}
    assert len(drawn) > 3


def test_standard_features_are_scaled_by_the_training_rows_alone(write: Write) -> None:
    rng = np.random.default_rng(0)
    values = enumerate(rng.normal(size=(50, 3)) * 1e4)
    text = "a,b,c,y\n" + "".join(f"{a},{b * 1e-3 + 7},{'uv'[i % 2]},{y}\n" for i, (a, b, y) in values)
    source = csv(write(text), "y")
    data, raw = source.load(), csv(source.path, "y", standardise=False).load()
    np.testing.assert_allclose(data.train.x[:, :2].mean(axis=0), [0, 0], atol=1e-6)
    np.testing.assert_allclose(data.train.x[:, :2].std(axis=0), [1, 1], rtol=1e-6)
    # Over all rows they would be something else.
    assert (np.abs(together(data)[0][:, :2].mean(axis=0)) > 1e-3).all()
    # Categories stay 0 and 1.
    assert set(np.unique(data.train.x[:, 2:]).tolist()) == {0.0, 1.0}
    first, second = raw.train.x[:, 0].astype(float), raw.test.x[:, 0].astype(float)
    np.testing.assert_allclose(data.test.x[:, 0], (second - first.mean()) / first.std(), rtol=1e-5, atol=1e-6)


def test_the_target_of_a_regression_is_standard_too_and_columns_tell_how(write: Write) -> None:
    source = csv(write(FLATS), "rent")
    data, raw = source.load(), csv(source.path, "rent", standardise=False).load()
    rooms, *_, rent = source.columns()
    assert data.train.y.mean() == pytest.approx(0, abs=1e-6)
    assert data.train.y.std() == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(data.test.y * rent.deviation + rent.mean, raw.test.y, rtol=1e-6)
    np.testing.assert_allclose(data.test.x[:, 0] * rooms.deviation + rooms.mean, raw.test.x[:, 0], rtol=1e-6)
    assert rent.mean == pytest.approx(raw.train.y.astype(float).mean(), rel=1e-7)


@pytest.mark.parametrize("value", ["5", "0", "0.1", "123456.7"])
def test_a_column_that_is_the_same_everywhere_becomes_0(write: Write, value: str) -> None:
    data = csv(write("a,b,y\n" + "".join(f"{value},{i},{i}.5\n" for i in range(20))), "y").load()
    np.testing.assert_allclose(together(data)[0][:, 0], np.zeros(20), atol=1e-7)


# --- the task ----------------------------------------------------------------------------------------------------


def test_a_target_of_text_is_a_classification_with_the_classes_named(write: Write) -> None:
    data = csv(write(FLATS), "city").load()
    assert data.task == "classification"
    assert list(data.classes) == ["Aachen", "Berlin", "Bonn"]
    x, y = together(data)
    assert y.dtype == np.int64
    assert np.bincount(y).tolist() == [2, 5, 3]
    assert x.shape == (10, 4)


def test_few_whole_numbers_are_classes_in_the_order_of_numbers(write: Write) -> None:
    text = "x,y\n" + "".join(f"{i},{(2, 10, 9)[i % 3]}\n" for i in range(30))
    data = csv(write(text), "y").load()
    assert (data.task, list(data.classes)) == ("classification", ["2", "9", "10"])
    x, y = together(csv(write(text), "y", standardise=False).load())
    assert y.tolist() == [(0, 2, 1)[int(i) % 3] for i in x[:, 0]]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (lambda i: i % 2, "classification"),
        (lambda i: i % 10, "classification"),
        (lambda i: i % 11, "regression"),  # more than the square root of 100
        (lambda i: i % 2 + 0.5, "regression"),
        (lambda i: i, "regression"),
    ],
)
def test_what_task_is_taken_for_numbers(write: Write, values: Callable[[int], float], task: str) -> None:
    path = write("x,y\n" + "".join(f"{i},{values(i)}\n" for i in range(100)))
    assert csv(path, "y").load().task == task
    # One's own word goes first.
    assert csv(path, "y", task="classification").load().task == "classification"
    assert csv(path, "y", task="regression").load().task == "regression"


def test_many_samples_do_not_make_classes_of_many_numbers(write: Write) -> None:
    path = write("x,y\n" + "".join(f"{i},{i % 21}\n" for i in range(1000)))
    assert csv(path, "y").load().task == "regression"
    path = write("x,y\n" + "".join(f"{i},{i % 20}\n" for i in range(1000)))
    assert csv(path, "y").load().task == "classification"


def test_large_numbers_as_classes_keep_their_names_apart(write: Write) -> None:
    path = write("x,y\n" + "".join(f"{i},{(1234567, 1234568)[i % 2]}\n" for i in range(20)))
    assert list(csv(path, "y").load().classes) == ["1234567", "1234568"]


# --- options -------------------------------------------------------------------------------------------------------


def test_numbers_that_only_stand_for_something_may_be_read_as_categories(write: Write) -> None:
    source = csv(write(FLATS), "rent", categorical=["rooms"], ignore=["city", "garden"])
    assert [column.name for column in source.columns()] == ["rooms=1", "rooms=2", "rooms=3", "rooms=4", "rent"]
    x, _ = together(source.load())
    assert x.sum(axis=1).tolist() == [1.0] * 10
    assert x.sum(axis=0).tolist() == [3.0, 3.0, 2.0, 2.0]


def test_columns_may_be_left_out_whatever_is_in_them(write: Write) -> None:
    text = "id,x,y\n" + "".join(f"{'' if i else 'first'},{i},{i}.5\n" for i in range(10))
    assert csv(write(text), "y", ignore=["id"]).load().train.x.shape == (8, 1)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(write: Write, delimiter: str) -> None:
    expected = together(csv(write(FLATS), "rent").load())[0]
    x, _ = together(csv(write(FLATS.replace(",", delimiter)), "rent", delimiter=delimiter).load())
    np.testing.assert_array_equal(x, expected)


def test_what_spreadsheets_write_is_read(write: Write) -> None:
    plain = together(csv(write(FLATS), "rent").load())[0]
    quoted = "\r\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in FLATS.splitlines())
    for text, encoding in [
        (FLATS.replace("\n", "\r\n"), "utf-8"),
        (FLATS, "utf-8-sig"),
        (quoted + "\r\n\r\n", "utf-8"),
        (FLATS.replace(",", " , "), "utf-8"),
        (FLATS.rstrip("\n"), "utf-8"),
    ]:
        source = csv(write(text, encoding), "rent")
        assert source.columns()[0].name == "rooms"
        np.testing.assert_array_equal(together(source.load())[0], plain)


def test_a_delimiter_a_quote_or_a_line_break_in_quotes_belongs_to_the_cell(write: Write) -> None:
    cells = ['"a, b"', '"say ""c"""', '"two\nlines"', "d"]
    path = write("x,y\n" + "".join(f"{i},{cells[i % 4]}\n" for i in range(20)))
    assert list(csv(path, "y").load().classes) == ["a, b", "d", 'say "c"', "two\nlines"]


def test_the_home_folder_may_be_written_short(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(Path(write(FLATS)).parent))
    assert len(csv("~/my.csv", "rent").load().train) == 8


# --- what is wrong with a table --------------------------------------------------------------------------------------


def test_a_missing_file_is_named() -> None:
    with pytest.raises(gn.FileError, match=r"cannot read nowhere/my\.csv: No such file"):
        csv("nowhere/my.csv", "y").load()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(gn.FileError, match="cannot read"):
        csv(str(tmp_path), "y").load()


def test_an_unknown_target_is_suggested(write: Write) -> None:
    assert refused(write(FLATS), "rents") == (
        "my.csv has no column 'rents', did you mean 'rent'? (its columns: rooms, city, garden, rent)"
    )
    assert refused(write(FLATS), "rent", ignore=["gardens"]).startswith("my.csv has no column 'gardens', did you mean")
    assert refused(write(FLATS), "rent", categorical=["town"]).startswith("my.csv has no column 'town'")


@pytest.mark.parametrize(("row", "cells"), [("1,2", 2), ("1,2,3,4", 4), ("1,2,3,", 4)])
def test_a_ragged_row_is_named_by_its_line(write: Write, row: str, cells: int) -> None:
    assert refused(write(f"a,b,y\n1,2,3\n\n{row}\n"), "y") == (
        f"my.csv, line 4: {cells} cells, and the header names 3 columns; "
        "put cells that contain ',' in double quotes, or correct the line"
    )


@pytest.mark.parametrize("cell", ["", " ", "NA", "n/a", "NaN", "null", "?"])
@pytest.mark.parametrize("column", ["a", "city", "y"])
def test_a_missing_value_is_named_by_line_and_column(write: Write, cell: str, column: str) -> None:
    values = {"a": "1", "city": "Bonn", "y": "2.5", column: cell}
    text = f"a,city,y\n1,Bonn,3.5\n2,Ulm,1.5\n{values['a']},{values['city']},{values['y']}\n"
    assert refused(write(text), "y").startswith(f"my.csv, line 4: no value for '{column}' (got {cell.strip()!r})")


@pytest.mark.parametrize("cell", ["many", "inf", "1e999"])
def test_a_text_among_numbers_is_named_by_line_and_column(write: Write, cell: str) -> None:
    text = f"a,y\n1,3.5\n2,1.5\n{cell},2.5\n"
    assert refused(write(text), "y") == (
        f"my.csv, line 4: column 'a' holds numbers, and '{cell}' is not a finite number; "
        "correct it, or read the column as categories with categorical=['a']"
    )


def test_lines_are_counted_as_an_editor_counts_them(write: Write) -> None:
    text = 'a,y\n"1\n",3.5\n\n2,1.5\nx,2.5\n'
    assert refused(write(text), "y").startswith("my.csv, line 6: column 'a' holds numbers, and 'x'")


def test_a_column_that_names_the_samples_is_refused_with_the_ways_out(write: Write) -> None:
    path = write("name,x,y\n" + "".join(f"n{i},{i},{i}.5\n" for i in range(30)))
    assert refused(path, "y") == (
        "my.csv: column 'name' has 30 different texts in 30 rows, too many for categories; "
        "put it in ignore=['name'] to leave it out, or in categorical=['name'] to insist"
    )
    assert csv(path, "y", ignore=["name"]).load().train.x.shape == (24, 1)
    assert csv(path, "y", categorical=["name"]).load().train.x.shape == (24, 31)


def test_a_regression_of_text_is_refused(write: Write) -> None:
    assert refused(write(FLATS), "city", task="regression") == (
        "my.csv, line 2: the target 'city' is not a number (got 'Bonn'); choose another column, or "
        "task='classification'"
    )


def test_a_single_class_is_refused(write: Write) -> None:
    path = write("x,y\n1,a\n2,a\n3,a\n")
    assert refused(path, "y") == ("my.csv: the target 'y' is 'a' in every row; a classification needs two classes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "my.csv is empty; give a table with a header and a line for each sample"),
        ("\n\n", "my.csv is empty; give a table with a header and a line for each sample"),
        ("x,y\n", "my.csv has a header and no rows; give a line for each sample"),
        (
            "x;y\n1;2\n",
            "my.csv has a single column, 'x;y', with delimiter=','; it looks as if delimiter=';' were meant",
        ),
        ("y\n1\n", "my.csv has a single column, 'y', with delimiter=','"),
        ("x,,y\n1,2,3\n", "my.csv: column 2 has no name; give each column one in the first line"),
        ("x,y,x\n1,2,3\n", "my.csv has two columns called 'x'; rename one of them"),
        ('x,y\n1,"2\n', "my.csv, line 2: unexpected end of data; check the quotes there"),
        (
            "x,y\n1,2.5\n",
            "0.2 of 1 samples leaves 1 to train with and 0 to test with; give more samples, or choose another fraction",
        ),
    ],
)
def test_files_that_are_no_table(write: Write, text: str, message: str) -> None:
    assert refused(write(text), "y") == message


def test_a_table_of_the_target_alone_is_refused(write: Write) -> None:
    assert refused(write("x,y\n1,2.5\n"), "y", ignore=["x"]).startswith("my.csv has no column besides the target 'y'")


def test_a_file_in_another_encoding_is_refused(write: Write) -> None:
    assert refused(write("größe,y\n1,2\n", "latin-1"), "y").startswith("my.csv is not UTF-8 text")


# --- recipes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "scale"), [(0, 1), (2e5, 1e5), (2000, 3), (0, 1e-4)])
def test_the_recipe_for_regression_works_whatever_the_unit(write: Write, offset: float, scale: float) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-2, 2, 400), rng.uniform(-2, 2, 400)
    y = offset + scale * (a * b + np.sin(2 * a))
    path = write(
        "a,b,y\n" + "".join(f"{p * 1000},{q * 0.01 + 5},{t!r}\n" for p, q, t in zip(a, b, y.tolist(), strict=True))
    )
    data = csv(path, "y").load()
    network = gn.Network(data.recipe.layers)
    network.fit(data.train, **data.recipe.training())
    assert network.evaluate(data.test)["r2"] > 0.95


def test_the_recipe_for_classification_uses_text_and_numbers(write: Write) -> None:
    rng = np.random.default_rng(0)
    a, kind = rng.uniform(-2, 2, 400), rng.integers(0, 2, 400)
    # Class "in" where a is small for one kind, and where it is large for the other.
    inside = (np.abs(a) < 1) == (kind == 0)
    lines = [f"{p},{'uv'[k]},{'in' if i else 'out'}\n" for p, k, i in zip(a, kind, inside, strict=True)]
    data = csv(write("a,kind,y\n" + "".join(lines)), "y").load()
    network = gn.Network(data.recipe.layers)
    network.fit(data.train, **data.recipe.training())
    assert network.evaluate(data.test)["accuracy"] > 0.93


def test_the_command_line_trains_on_a_table_at_once(write: Write, tmp_path: Path) -> None:
    lines = [f"{i % 7},{'uv'[i % 2]},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(70)]
    path = write("a,b,y\n" + "".join(lines))
    glassnet = Path(sys.executable).with_name("glassnet")
    what, out = f"csv('{path}', target='y')", tmp_path / "run"
    done = subprocess.run(
        [glassnet, "train", what, "--out", out, "--no-plots", "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["test"]["accuracy"] == 1.0
    assert result["classes"] == ["no", "yes"]
    # The record of the run trains again, on the same rows.
    again = subprocess.run(
        [glassnet, "train", out / "experiment.toml", "--out", tmp_path / "again", "--no-plots", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(again.stdout)["test"] == result["test"]


def test_a_table_without_names_of_columns_is_warned_of(write: Write) -> None:
    """Else the first sample would be lost, and its numbers be taken for names."""
    path = write("1.5,2,0\n2.5,3,1\n4.5,5,0\n0.5,5,1\n" * 3)
    with pytest.warns(gn.GlassnetWarning, match=r"my\.csv holds numbers alone .*names of the columns"):
        csv(path, "0").load()


def test_columns_that_are_numbered_from_0_are_names(write: Write) -> None:
    """So pandas writes a frame that was made of an array."""
    data = csv(write("0,1,2\n" + "1.5,2,a\n2.5,3,b\n" * 4), "2").load()
    assert len(data.train.x) + len(data.test.x) == 8


def test_one_long_cell_does_not_make_every_cell_long(tmp_path):
    """As NumPy text, 2,000 rows beside a cell of 100,000 characters take 800 MB."""
    import tracemalloc

    path = tmp_path / "t.csv"
    rows = [f"{number},{'a' if number % 2 else 'b'},{'xy'[number % 2]}" for number in range(2000)]
    path.write_text("\n".join(["n,word,label", *rows, f"1,{'c' * 100_000},x"]) + "\n")
    tracemalloc.start()
    try:
        dataset = gn.create("dataset", f"csv({str(path)!r}, 'label')").load()
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert dataset.classes == ("x", "y")
    assert dataset.train.x.shape[1] == 4


def test_categories_that_take_gigabytes_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,label\n" + "".join(f"w{number},{'xy'[number % 2]}\n" for number in range(5000)))
    with pytest.raises(gn.DataError, match="categories of column 'a' the features take 200,000,000 bytes"):
        gn.create("dataset", f"csv({str(path)!r}, 'label', categorical=['a'])").load()


@pytest.mark.parametrize("number", ["1e308", "-1e308", "1e-320", "1e300"])
@pytest.mark.parametrize("options", ["", ", standardise=False"])
def test_numbers_that_scaling_makes_infinite_are_refused(number, options, tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"{number if row % 3 else 0},{'xy'[row % 2]}\n" for row in range(40))
    path.write_text("a,label\n" + rows)
    spec = f"csv({str(path)!r}, 'label'{options})"
    if float(number) == 1e-320 and options:  # is 0 in float32
        assert np.isfinite(gn.create("dataset", spec).load().train.x).all()
        return
    with pytest.raises(gn.DataError, match="column 'a'"):
        gn.create("dataset", spec).load()


def test_a_path_with_a_null_character_is_refused():
    with pytest.raises(gn.OptionError, match="null character"):
        gn.create("dataset", "csv('a\\0b', 'label')")
