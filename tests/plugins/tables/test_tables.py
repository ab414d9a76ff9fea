"""Tables: what each column becomes, other people's transforms, damaged model files, and tables read in pieces."""

import gc
import gzip
import json
import shutil
import tracemalloc
import zipfile

import numpy as np
import polars
import pytest
from messy_tables import homes, text

import glassnet as gn
from glassnet_tables.table_file import read_file


@pytest.fixture
def write(tmp_path):
    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_text(content, "utf-8")
        return str(path)

    return write


def loaded(path, target, **options):
    data = gn.datasets.table(path, target, **options).load()
    return data, {each.name: each for each in data.train.preprocessing.features}


def rows(line, count=60):
    return "".join(line(row) + "\n" for row in range(count))


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (lambda row: row % 2, "classification"),
        (lambda row: row % 10, "classification"),
        (lambda row: row % 11, "regression"),  # more than the square root of 100
        (lambda row: row % 2 + 0.5, "regression"),
        (lambda row: f"{row % 2} €", "regression"),
        (lambda row: f'"{row},5"', "regression"),
        (lambda row: ["yes", "no"][row % 2], "classification"),
    ],
)
def test_what_task_is_taken_for_a_target(write, cells, task):
    data, _ = loaded(write("x,y\n" + rows(lambda row: f"{row},{cells(row)}", 100)), "y")
    assert data.task == task


def test_classes_of_numbers_are_in_their_order(write):
    data, _ = loaded(write("x,y\n" + rows(lambda row: f"{row},{(2, 10, 9)[row % 3]}")), "y")
    assert list(data.classes) == ["2", "9", "10"]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (lambda row: f"name{row}", "id"),
        (lambda row: "1", "constant"),
        (lambda row: "", "empty"),
    ],
)
def test_columns_without_a_use_are_left_out_and_named(write, column, reason):
    data, features = loaded(write("a,x,y\n" + rows(lambda row: f"{column(row)},{row},{row % 2}")), "y")
    assert data.train.preprocessing.left_out == {"a": reason}
    assert list(features) == ["x"]


def test_postal_codes_are_categories_and_others_are_on_request(write):
    path = write("plz,room,y\n" + rows(lambda row: f"0{1000 + row % 3},{row % 4},{row}.5"))
    _, features = loaded(path, "y", categorical=["room"])
    assert features["plz"].states[0]["categories"] == ["01000", "01001", "01002"]
    assert features["room"].states[0]["categories"] == ["0", "1", "2", "3"]


def test_minus_999_is_missing_only_on_request(write):
    path = write("a,y\n" + rows(lambda row: f"{-999 if row % 6 == 0 else row},{row}.5"))
    assert loaded(path, "y")[1]["a"].missing == 0
    data, features = loaded(path, "y", missing=["-999"])
    assert features["a"].missing > 0
    fill = features["a"].states[0]["fill"]
    known = data.train.preprocessing.rows
    assert known == 48
    assert fill.item() > 0


def test_a_missing_value_on_request_is_a_number_however_it_is_written(write):
    words = ["-999", "-999.00", "-999,0"]
    path = write("a;y\n" + rows(lambda row: f"{words[row % 3] if row % 6 < 3 else row};{row}.5"))
    fill = loaded(path, "y", missing=["-999"])[1]["a"].states[0]["fill"]
    assert fill.item() > 0


def test_words_among_numbers_count_as_missing_and_are_told(write):
    data, features = loaded(write("a,y\n" + rows(lambda row: f"{'many' if row == 3 else row},{row}.5")), "y")
    assert features["a"].format.type == "number"
    assert data.train.preprocessing.notes[0].startswith("column 'a' has 1 cell that is not a number ('many')")


def test_a_sign_that_every_text_has_is_not_the_separator(write):
    _, features = loaded(write("text,x,y\n" + rows(lambda row: f"a;b{row % 2},{row},{row}.5")), "y")
    assert features["text"].states[0]["categories"] == ["a;b0", "a;b1"]
    assert "x" in features


def test_a_title_with_a_comma_is_above_a_table_with_decimal_commas(write):
    _, features = loaded(write("Homes, 2024\nx;y\n" + rows(lambda row: f"{row};{row},5")), "y")
    assert list(features) == ["x"]


def test_headers_that_are_missing_or_double_get_a_number(write):
    _, features = loaded(write("a,a,,y\n" + rows(lambda row: f"{row},{row * 2},{row * 3},{row % 2}")), "y")
    assert list(features) == ["a", "a_2", "column_3"]


def test_a_table_without_a_header_has_numbered_columns(write):
    path = write(rows(lambda row: f"{row / 2},{'uv'[row % 2]},{row % 5}.5,{'no' if row % 2 else 'yes'}"))
    data, features = loaded(path, "-1")
    assert list(features) == ["column_1", "column_2", "column_3"]
    assert len(data.train) + len(data.test) == 60
    assert list(data.classes) == ["no", "yes"]
    assert len(loaded(path, "column_4")[0].train) == 48


def test_transforms_of_a_column_are_chosen_by_name(write):
    path = write("a,y\n" + rows(lambda row: f"{10 ** (row % 6)},{row}.5"))
    data, features = loaded(path, "y", transforms=["a: log min_max", "y: log standardize"])
    assert [repr(each) for each in features["a"].chain] == ["log", "min_max"]
    logs = np.log1p(10.0 ** np.arange(6))
    expected = np.unique((logs - logs[0]) / (logs[-1] - logs[0]))
    np.testing.assert_allclose(np.unique(data.train.x), expected, rtol=1e-6)
    y = data.train.preprocessing.in_units(data.train.y)
    assert set(np.round(y[:, 0], 3)) <= {row + 0.5 for row in range(60)}


@pytest.mark.parametrize(
    ("transforms", "message"),
    [
        (["a log"], "transforms are written 'COLUMN: SPECS'"),
        (["a: one_hot"], "the transform one_hot takes text, and column 'a' has numbers there"),
        (["b: impute(by='mode')"], "column 'b' is text, and its transforms .* leave it so"),
        (["c: log"], "has no column 'c'"),
        (["a: logg"], "did you mean 'log'"),
    ],
)
def test_transforms_that_do_not_fit_end_in_one_sentence(write, transforms, message):
    path = write("a,b,y\n" + rows(lambda row: f"{row},{'uv'[row % 2]},{row}.5"))
    with pytest.raises(gn.GlassnetError, match=message):
        loaded(path, "y", transforms=transforms)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; give a table with a header"),
        ("x,y\n", "no rows"),
        ("y\n1\n2\n", "has no column to predict 'y' from"),
        ("x,y\n1,a\n2,a\n3,a\n", "the target 'y' is 'a' in every row; a classification needs two classes"),
        ("a,b,y\n1,2,3\n1,2,3,4\n", "line 3: 4 cells, and the header names 3 columns"),
        ("x,y\n1,\n2,\n", "the target 'y' has no value"),
        ("x,y\n" + rows(lambda row: f"{row},name {row}"), "60 different texts in 60 rows, too many for classes"),
        ("x,z\n1,2\n", "has no column 'y'"),
    ],
)
def test_files_that_are_no_tables_end_in_one_sentence(write, content, message):
    with pytest.raises(gn.DataError, match=message):
        loaded(write(content), "y")


class Ranks(gn.Transform):
    """The rank among the training rows, from 0 to 1. Source: by definition."""

    def fit(self, values):
        return {"sorted": np.sort(values[:, 0])}

    def transform(self, values, state):
        return np.searchsorted(state["sorted"], values) / len(state["sorted"])


def test_a_transform_of_another_package_needs_no_further_code(write, tmp_path):
    path = write("a,y\n" + rows(lambda row: f"{row**2},{row % 2}"))
    with gn.registered("transform", "ranks", Ranks):
        data, _ = loaded(path, "y", transforms=["a: impute ranks"])
        net = gn.Network("dense(2) softmax")
        net.fit(data.train, loss="cce", optimizer="sgd", progress=False)
        net.save(tmp_path / "m.safetensors")
        np.testing.assert_array_equal(gn.load(tmp_path / "m.safetensors").predict(path), net.predict(path))
    with pytest.raises(gn.ModelFileError, match="ranks"):
        gn.load(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("features", None),
        ("features", [{}]),
        ("target", {"name": "y"}),
        ("missing", 3),
        ("left_out", [1, 2]),
    ],
)
def test_a_damaged_description_of_columns_is_a_damaged_file(write, name, value):
    from glassnet_tables.preprocessing import made_again

    data, _ = loaded(write("a,b,y\n" + rows(lambda row: f"{row},{'uv'[row % 2]},{row % 2}")), "y")
    made = data.train.preprocessing
    plain, arrays = json.loads(json.dumps(made.described())), made.arrays()
    assert made_again(plain, arrays).described() == made.described()
    with pytest.raises(gn.ModelFileError, match="columns of its table is damaged"):
        made_again({**plain, name: value}, arrays)
    with pytest.raises(gn.ModelFileError, match="columns of its table is damaged"):
        made_again(plain, {})


# --- in pieces -----------------------------------------------------------------------------------------------


def test_a_table_in_pieces_has_the_rows_of_the_whole_one(write, monkeypatch):
    from glassnet_tables import text_pieces

    monkeypatch.setattr(text_pieces, "_PIECE_BYTES", 1000)
    given = homes(300, 1)
    path = write(text(given, ";", quote='"').replace('"Ulm"', '"Ul\nm"'))
    data, features = loaded(path, "rent", in_memory=0)
    assert isinstance(data.train.x, np.memmap)
    made = data.train.preprocessing
    found = np.sort(np.concatenate([made.in_units(part.y)[:, 0] for part in (data.train, data.test)]))
    np.testing.assert_allclose(found, np.sort([row["rent"] for row in given]), rtol=1e-5)
    assert features["city"].states[0]["categories"] == ["Bonn", "Köln", "Ul\nm"]
    assert 20 < len(data.test) < 100
    net = gn.Network("dense(1)")
    net.fit(data.train, loss="mse", optimizer="adam(lr=0.1)", epochs=60, metrics=["r2"], progress=False)
    assert net.evaluate(data.test)["r2"] > 0.98


def test_parquet_is_read_in_pieces_too_and_a_rare_class_is_known(tmp_path, monkeypatch):
    from glassnet_tables import pieces, row_sample

    monkeypatch.setattr(pieces, "_PIECE_ROWS", 100)
    monkeypatch.setattr(row_sample, "_SAMPLE_ROWS", 50)
    kinds = ["rare" if row in (700, 701, 702, 703, 704, 705) else "usual" for row in range(1000)]
    polars.DataFrame({"x": np.arange(1000.0), "kind": kinds}).write_parquet(tmp_path / "t.parquet")
    data, _ = loaded(str(tmp_path / "t.parquet"), "kind", in_memory=0)
    assert list(data.classes) == ["rare", "usual"]
    assert len(data.train) + len(data.test) == 1000
    assert np.sum(data.train.y == 0) + np.sum(data.test.y == 0) == 6


def test_memory_does_not_grow_with_the_number_of_rows(write):
    def peak(path):
        tracemalloc.start()
        try:
            loaded(path, "y", in_memory=0)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    from glassnet_tables import row_sample, text_pieces

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_pieces, "_PIECE_BYTES", 20_000)
        patch.setattr(text_pieces, "_LOOKED_AT_BYTES", 20_000)
        patch.setattr(row_sample, "_SAMPLE_ROWS", 500)
        patch.setattr(row_sample, "_MOST_RARE", 200)
        small = peak(write("a,b,y\n" + rows(lambda row: f"{row},{row % 7},{row}.5", 4_000), "small.csv"))
        large = peak(write("a,b,y\n" + rows(lambda row: f"{row},{row % 7},{row}.5", 40_000), "large.csv"))
    assert large < 1.5 * small


def spells(groups):
    """Rows of groups that follow each other in time; y is a sum, so every part of the rows can be told by its x."""
    return "who;day;x;y\n" + rows(
        lambda row: f"g{row % groups};2024-{1 + row // 100:02d}-{1 + row % 28:02d};{row};{row * 2}.5", 1200
    )


@pytest.fixture
def in_small_pieces(monkeypatch):
    from glassnet_tables import row_sample, text_pieces

    monkeypatch.setattr(text_pieces, "_PIECE_BYTES", 2000)
    monkeypatch.setattr(row_sample, "_SAMPLE_ROWS", 400)


def parts_of(data):
    """The values of y of each part, which tell the rows that are in it."""
    made = data.train.preprocessing
    parts = data.train, data.validation, data.test
    return [{round((value - 0.5) / 2) for value in made.in_units(part.y)[:, 0]} for part in parts if part is not None]


@pytest.mark.parametrize("groups", [5, 40, 1200])
def test_groups_of_a_table_in_pieces_stay_together(write, in_small_pieces, groups):
    table = gn.datasets.table(write(spells(groups)), "y", group="who", in_memory=0)
    train, validation, test = parts_of(table.load_with(0.25))
    assert sorted([*train, *validation, *test]) == list(range(1200))
    names = [{row % groups for row in part} for part in (train, validation, test)]
    assert sum(map(len, names)) == groups
    assert len(test) == pytest.approx(240, abs=60)
    assert len(validation) == pytest.approx(240, abs=60)


def test_the_latest_rows_of_a_table_in_pieces_are_the_test(write, in_small_pieces):
    table = gn.datasets.table(write(spells(5)), "y", time="day", in_memory=0)
    train, validation, test = parts_of(table.load_with(0.2))
    day = {row: (row // 100, row % 28) for row in range(1200)}
    assert len(train) + len(validation) + len(test) == 1200
    assert max(day[row] for row in train) < min(day[row] for row in validation)
    assert max(day[row] for row in validation) < min(day[row] for row in test)
    assert len(test) == pytest.approx(240, abs=60)


@pytest.mark.parametrize("how", [{}, {"group": "who"}, {"time": "day"}])
def test_a_table_in_pieces_is_tested_on_the_same_rows_again(write, in_small_pieces, how):
    table = gn.datasets.table(write(spells(30)), "y", in_memory=0, **how)
    data = table.load()
    again, _ = table.rows_for(data.train.preprocessing, all_rows=False)
    np.testing.assert_array_equal(again.x, data.test.x)
    whole, _ = table.rows_for(data.train.preprocessing, all_rows=True)
    assert len(whole) == 1200


def test_a_piece_without_targets_is_left_out(write, in_small_pieces):
    lines = rows(lambda row: f"{row},{row if row < 400 else ''}", 1200)
    data, _ = loaded(write("x,y\n" + lines), "y", in_memory=0)
    assert len(data.train) + len(data.test) == 400


def test_every_row_in_one_group_is_one_sentence(write, in_small_pieces):
    with pytest.raises(gn.DataError, match="leaves"):
        loaded(write(spells(1)), "y", group="who", in_memory=0)
    with pytest.raises(gn.DataError, match="no such column, did you mean 'who'"):
        loaded(write(spells(3)), "y", group="whom", in_memory=0)


@pytest.mark.parametrize("ending", [".csv.gz", ".csv.zip", ".csv", ".feather"])
def test_packed_and_other_files_are_read_in_pieces(tmp_path, in_small_pieces, ending):
    path = tmp_path / f"t{ending}"
    content = spells(7).encode()
    if ending == ".feather":
        polars.read_csv(content, separator=";").write_ipc(path)
    elif ending == ".csv.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("t.csv", content)
    else:
        path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    data, _ = loaded(str(path), "y", in_memory=0)
    assert isinstance(data.train.x, np.memmap)
    train, test = parts_of(data)
    assert sorted([*train, *test]) == list(range(1200))


def test_a_letter_of_windows_far_down_in_a_table_is_read(tmp_path, in_small_pieces, monkeypatch):
    from glassnet_tables import text_pieces

    monkeypatch.setattr(text_pieces, "_LOOKED_AT_BYTES", 1000)
    lines = rows(lambda row: f"{['Ulm', 'Bonn', 'Köln' if row > 600 else 'Ulm'][row % 3]},{row}.5", 1200)
    (tmp_path / "t.csv").write_bytes(f"city,y\n{lines}".encode("cp1252"))
    _, features = loaded(str(tmp_path / "t.csv"), "y", in_memory=0)
    assert features["city"].states[0]["categories"] == ["Bonn", "Köln", "Ulm"]


def test_a_line_far_down_with_too_many_cells_is_named(write, in_small_pieces):
    lines = rows(lambda row: f"{row},{row}" + (",1" if row == 900 else ""), 1200)
    with pytest.raises(gn.DataError, match="line 902: 3 cells"):
        loaded(write("x,y\n" + lines), "y", in_memory=0)


def test_a_quote_that_is_not_closed_keeps_no_whole_table_in_memory(write, in_small_pieces):
    lines = rows(lambda row: f"{row} {'inch' if row != 300 else chr(34)},{row}.5", 1200)
    data, _ = loaded(write("size,y\n" + lines), "y", in_memory=0, categorical=("size",))
    assert len(data.train) + len(data.test) > 1000


def test_too_little_room_on_the_disk_is_one_sentence(write, in_small_pieces, monkeypatch):
    from glassnet_tables import sample_files

    monkeypatch.setattr(sample_files.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5))
    with pytest.raises(gn.FileError, match="GB left; set TMPDIR to a folder on a larger disk"):
        loaded(write(spells(3)), "y", in_memory=0)


def test_temporary_files_go_with_their_arrays(write, in_small_pieces, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    data, _ = loaded(write(spells(3)), "y", in_memory=0)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    del data
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_panic_of_the_library_that_reads_is_one_sentence(tmp_path, monkeypatch):
    def panic(*_, **__):
        raise polars.exceptions.PanicException("no thread can be started")

    monkeypatch.setattr(polars, "read_csv", panic)
    (tmp_path / "cells.csv").write_text("a,b\n1,2\n3,4,5,6\n")
    with pytest.raises(gn.DataError, match=r"cells\.csv, line 3: 4 cells"):
        read_file(tmp_path / "cells.csv")
