"""Small files that ask for much: text nested without end, cells far from the others, rows of other columns."""

import io
import json
import zipfile

import duckdb
import polars
import pytest

import glassnet as gn
from glassnet_tables.table_file import read_file
from glassnet_tables.workbooks import read_workbook

DEEP = "[" * 100_000 + "]" * 100_000
SHEET = '<worksheet xmlns="{0}main"><sheetData>{1}</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("deep.json", DEEP, "nested too deep"),
        ("deep.jsonl", f'{{"a": 1}}\n{{"a": {DEEP}}}\n', "line 2: not JSON .it is nested too deep"),
        ("deep.jsonl", f'{{"a": {DEEP}}}\n{{"a": 1}}\n', "line 1: not JSON .it is nested too deep"),
        ("long.jsonl", f'{{"a": {"9" * 5000}}}\n{{"a": 1}}\n', "line 1: not JSON .a number has too many digits"),
        ("long.json", f'[{{"a": {"9" * 5000}}}]', "a number has too many digits"),
    ],
)
def test_text_that_json_cannot_hold_is_named(name, text, reason, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(gn.DataError, match=reason):
        read_file(tmp_path / name)


def with_sheet(cells):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format("urn:", cells))
    return content.getvalue()


@pytest.mark.parametrize("far", ["XFD1048576", "A1048576", "XFD1"])
def test_a_workbook_with_a_cell_far_from_the_others_is_refused(far):
    """The reader keeps 24 bytes for each cell up to the last one, 400 GB for the whole sheet."""
    row = far.lstrip("ADFX")
    cells = f'<row r="1"><c r="A1"/></row><row r="{row}"><c r=\'{far}\'/></row>'
    if far == "XFD1048576":
        with pytest.raises(gn.DataError, match="a sheet has 1,048,576 rows and 16,384 columns or more, nearly all"):
            read_workbook(with_sheet(cells))
    else:  # a long or a wide table is taken to the reader, which finds that the rest of the file is missing
        with pytest.raises(Exception, match=r"(?i)workbook|xl/|file"):
            read_workbook(with_sheet(cells))


ODS = "urn:oasis:names:tc:opendocument:xmlns:"
NUMBER = '<table:table-cell table:number-columns-repeated="{}" office:value-type="float" office:value="1"/>'
EMPTY = '<table:table-cell table:number-columns-repeated="{}"/>'
ROW = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
NAMES = ROW.format(1, '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>' * 2)
TABLE = NAMES + ROW.format(10, NUMBER.format(2))


def open_document(rows):
    spaces = " ".join(f'xmlns:{name}="{ODS}{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    entry = '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{ODS}manifest:1.0">{entry}</m:manifest>')
        text = f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>"
        archive.writestr("content.xml", text)
    return content.getvalue()


@pytest.mark.parametrize(
    "far",
    [
        ROW.format(19_989, EMPTY.format(1)) + ROW.format(1, EMPTY.format(999) + NUMBER.format(1)),
        ROW.format(19_990, NUMBER.format(1000)),
    ],
    ids=["a cell", "repeated rows"],
)
def test_a_sheet_of_libreoffice_with_far_cells_is_refused(far):
    with pytest.raises(gn.DataError, match="a sheet has 20,001 rows and 1,000 columns or more, nearly all"):
        read_workbook(open_document(TABLE + far))


def test_empty_cells_up_to_the_corner_are_no_cells():
    """LibreOffice writes them for a sheet whose format is set as a whole."""
    assert read_workbook(open_document(TABLE + ROW.format(1_048_565, EMPTY.format(16_384)))).shape == (10, 2)


def different_keys(count):
    return [{f"k{row}": row, "y": 1} for row in range(count)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", "\n".join(map(json.dumps, different_keys(5000)))),
        ("t.jsonl", "\n".join(json.dumps({f"a{row % 70}": {f"b{row // 70}": 1}}) for row in range(4900))),
        ("t.json", json.dumps(different_keys(5000))),
        ("t.json", json.dumps({f"k{row}": dict.fromkeys(range(5000 if row == 0 else 1), 1) for row in range(5000)})),
    ],
    ids=["lines", "nested lines", "list", "columns"],
)
def test_rows_that_each_have_other_columns_are_refused(name, content, tmp_path):
    """All rows have a cell for all columns: 500 KB of 20,000 keys took minutes, and 3 GB."""
    (tmp_path / name).write_text(content)
    with pytest.raises(gn.DataError, match=r"has [45],\d00 rows and \d,\d+ columns or more, nearly all of the cells"):
        read_file(tmp_path / name)


@pytest.mark.parametrize("write", ["write_parquet", "write_ipc"])
def test_text_that_a_file_holds_once_and_repeats_is_refused(write, tmp_path):
    path = tmp_path / {"write_parquet": "t.parquet", "write_ipc": "t.arrow"}[write]
    text = polars.Series("text", ["a" * 1_000_000] * 300, dtype=polars.Categorical)
    getattr(polars.DataFrame({"text": text, "y": range(300)}), write)(path)
    with pytest.raises(gn.DataError, match="and its columns of text 300,000,000, nearly all of them repeated"):
        read_file(path)


def test_rows_with_a_few_columns_of_their_own_are_read(tmp_path):
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, different_keys(1000))))
    assert read_file(tmp_path / "t.jsonl").shape == (1000, 1001)


@pytest.mark.parametrize("query", ["", "select * from t"])
def test_a_view_in_a_database_reads_no_other_file(query, tmp_path):
    (tmp_path / "secret.csv").write_text("word,y\nsesame,1\n")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute(f"create view t as select * from read_csv('{tmp_path}/secret.csv')")
    with pytest.raises(gn.DataError, match=r"gives no table.*disabled"):
        read_file(tmp_path / "t.duckdb", query=query)


def test_lines_nested_300_deep_are_read(tmp_path):
    """They took half a minute, and gigabytes."""
    line = '{"y": 1, "a": ' * 300 + "2" + "}" * 300
    (tmp_path / "t.jsonl").write_text(f"{line}\n{line}\n")
    frame = read_file(tmp_path / "t.jsonl")
    assert frame.shape == (2, 301)
    assert frame["a." * 299 + "a"].to_list() == [2, 2]
