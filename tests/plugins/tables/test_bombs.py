"""Small files that ask for much: text nested without end, and a workbook with cells at the far corner of a sheet."""

import io
import zipfile

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
        with pytest.raises(gn.DataError, match="up to row 1,048,576 and column 16,384, nearly all of them empty"):
            read_workbook(with_sheet(cells))
    else:  # a long or a wide table is taken to the reader, which finds that the rest of the file is missing
        with pytest.raises(Exception, match=r"(?i)workbook|xl/|file"):
            read_workbook(with_sheet(cells))
