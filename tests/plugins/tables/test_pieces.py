"""Tables that are read in pieces, against the same tables as a whole."""

import gzip
import json
import lzma
import sqlite3
import zipfile

import numpy as np
import polars
import pytest
from messy_tables import duckdb as write_duckdb, homes, json_lines as write_json_lines, parquet, sqlite, text

import glassnet as gn
from glassnet_tables import json_lines, pieces, row_sample, text_pieces
from glassnet_tables.notes import CountedNote, added_up
from glassnet_tables.row_sample import sample_of_rows

ROWS = homes(300, 1)


@pytest.fixture(autouse=True)
def _in_small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "_PIECE_ROWS", 50)
    monkeypatch.setattr(json_lines, "_PIECE_BYTES", 2000)
    monkeypatch.setattr(text_pieces, "_PIECE_BYTES", 2000)


def packed_json(rows, path):
    write_json_lines(rows, path)
    path.write_bytes(gzip.compress(path.read_bytes()))


def zipped_json(rows, path):
    write_json_lines(rows, path)
    content = path.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.jsonl", content)


WRITERS = {
    "t.json": write_json_lines,
    "t.zip": zipped_json,
    "t.jsonl": write_json_lines,
    "t.ndjson.gz": packed_json,
    "t.sqlite": sqlite,
    "t.duckdb": write_duckdb,
    "t.parquet": parquet,
    "t.csv.xz": lambda rows, path: path.write_bytes(lzma.compress(text(rows).encode())),
    "t.ipc": lambda rows, path: polars.DataFrame(rows).write_ipc(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_in_pieces_has_all_rows_and_columns(tmp_path, name):
    WRITERS[name](ROWS, tmp_path / name)
    data = gn.datasets.table(str(tmp_path / name), "rent", in_memory=0).load()
    assert isinstance(data.train.x, np.memmap)
    made = data.train.preprocessing
    found = np.concatenate([made.in_units(part.y)[:, 0] for part in (data.train, data.test)])
    np.testing.assert_allclose(np.sort(found), np.sort([row["rent"] for row in ROWS]), rtol=1e-5)
    assert [each.name for each in made.features] == ["city", "size", "garden", "built"]


def test_lines_of_json_may_differ_from_those_of_other_pieces(tmp_path):
    """Whole numbers first, decimals later; an entry that late lines alone have; NaN; and an object in an object."""
    lines = [{"size": row if row < 200 else row + 0.5, "y": row, "home": {"zip": f"z{row % 3}"}} for row in range(400)]
    for line in lines[300:]:
        line["late"] = line["y"] % 7
    content = "\n".join(map(json.dumps, lines)).replace('"y": 5,', '"y": NaN,')
    (tmp_path / "t.jsonl").write_text(content)
    for in_memory in (0, 10**9):
        data = gn.datasets.table(str(tmp_path / "t.jsonl"), "y", task="regression", in_memory=in_memory).load()
        assert isinstance(data.train.x, np.memmap) == (in_memory == 0)
        assert len(data.train) + len(data.test) == 399
        features = {each.name: each for each in data.train.preprocessing.features}
        assert {name: each.format.type for name, each in features.items()} == {
            "size": "number",
            "late": "number",
            "home.zip": "text",
        }
        assert features["home.zip"].states[0]["categories"] == ["z0", "z1", "z2"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"x": 1, "y": ', r"line 251: not JSON \(Expecting value\)"),
        ("[1, 2]", "line 251: list instead of an object"),
        ("x,y", "line 251: not JSON"),
    ],
)
@pytest.mark.parametrize("in_memory", [0, 10**9])
def test_a_line_that_is_not_json_is_named(tmp_path, line, message, in_memory):
    lines = [json.dumps({"x": row, "y": row / 2}) for row in range(400)]
    lines[250] = line
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    with pytest.raises(gn.DataError, match=message):
        gn.datasets.table(str(tmp_path / "t.jsonl"), "y", in_memory=in_memory).load()


def test_a_query_is_read_in_pieces_and_types_of_cells_may_vary(tmp_path):
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("create table sales (shop, sold)")
        connection.execute("create table others (a)")
        cells = [(f"s{row % 3}", row if row < 150 else row + 0.25) for row in range(300)]
        connection.executemany("insert into sales values (?, ?)", cells)
    connection.close()
    query = "select shop, sold * 2 as twice from sales where sold >= 100"
    table = gn.datasets.table(str(tmp_path / "t.db"), "twice", query=query, in_memory=0)
    data = table.load()
    made = data.train.preprocessing
    found = np.concatenate([made.in_units(part.y)[:, 0] for part in (data.train, data.test)])
    np.testing.assert_allclose(np.sort(found), [2 * sold for _, sold in cells[100:]], rtol=1e-5)
    with pytest.raises(gn.DataError, match=r"2 tables \(sales, others\); say what to read: --query"):
        gn.datasets.table(str(tmp_path / "t.db"), "twice", in_memory=0).load()


def test_the_sample_holds_the_text_of_its_own_rows_alone(monkeypatch):
    """Chosen rows of polars share the memory of all rows, which would add up to the whole table."""
    monkeypatch.setattr(row_sample, "_SAMPLE_ROWS", 100)
    word = "a text of more than twelve letters "

    def read():
        for piece in range(20):
            yield polars.DataFrame({"a": [f"{word}{piece} {row}" for row in range(1000)], "y": range(1000)})

    found = sample_of_rows(read, "", seed=0).frame
    arrow = found.to_arrow(compat_level=polars.CompatLevel.newest())["a"]
    held = sum(buffer.size for chunk in arrow.chunks for buffer in chunk.buffers() if buffer)
    assert len(found) == 100
    assert held < 20 * 100 * (16 + len(word) + 10)


@pytest.mark.parametrize("group", [None, "who"])
@pytest.mark.parametrize("in_memory", [0, 10**9])
def test_each_row_is_held_out_in_one_fold(tmp_path, group, in_memory):
    lines = [f"g{row % 40},{row},{row * 2 + 0.5 if row % 50 else ''}" for row in range(600)]
    (tmp_path / "t.csv").write_text("\n".join(["who,x,y", *lines]))
    table = gn.datasets.table(str(tmp_path / "t.csv"), "y", group=group, in_memory=in_memory)
    folds = table.folds(4)
    numbers, fold_of = [], []
    for frame, part in folds.frames():
        numbers += map(int, frame["x"])
        fold_of += part.tolist()
    assert numbers == [row for row in range(600) if row % 50]
    for fold in range(4):
        train, test = folds.split(fold)
        made = train.preprocessing
        held = [row for row, other in zip(numbers, fold_of, strict=True) if other == fold]
        np.testing.assert_allclose(made.in_units(test.y)[:, 0], [2 * row + 0.5 for row in held], rtol=1e-5)
        assert len(train) + len(test) == 588
        assert 80 < len(held) < 220
        if group:
            assert not {row % 40 for row in held} & {row % 40 for row in numbers if row not in set(held)}


def test_notes_on_pieces_are_added_up():
    def note(count, *cells):
        return CountedNote(lambda number, shown: f"column 'a' has {number} odd cells ({shown})", count, cells)

    notes = ["an extra column", note(2, "x", "y"), "an extra column", note(3, "y", "z"), note(1, "w")]
    assert added_up(notes) == ["an extra column", "column 'a' has 6 odd cells ('x', 'y', 'z', …)"]
