"""Tables as people have them, of which the correct values are known."""

import gzip
import io
import json
import re
import sqlite3
import zipfile

import numpy as np
import polars as pl

CITIES = {"Köln": 12.0, "Ulm": 9.0, "Bonn": 15.5}
FIRST = np.datetime64("2021-01-01")


def homes(count, seed):
    """Return rows whose rent is known: a linear function of all other columns."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        city = list(CITIES)[rng.integers(3)]
        size = round(float(rng.uniform(20, 2000)), 2)
        garden = bool(rng.integers(2))
        days = int(rng.integers(0, 900))
        rent = round(CITIES[city] * 100 + 1.5 * size + 400 * garden + days, 2)
        rows.append({"id": 1000 + number, "city": city, "size": size, "garden": garden, "built": days, "rent": rent})
    return rows


def point(value):
    return f"{value:.2f}"


def comma(value):
    return f"{value:.2f}".replace(".", ",")


def grouped(value):
    return f"{value:,.2f}"


def german(value):
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def iso(days):
    return str(FIRST + days)


def day_first(days):
    year, month, day = iso(days).split("-")
    return f"{day}.{month}.{year}"


def slashes(days):
    year, month, day = iso(days).split("-")
    return f"{day}/{month}/{year}"


def american(days):
    year, month, day = iso(days).split("-")
    return f"{month}/{day}/{year}"


def with_time(days):
    return f"{iso(days)}T00:00:00Z"


def text(rows, sep=",", number=point, date=iso, yes=("no", "yes"), header=True, quote="", rent=None, names=None):
    """Return a table as text."""
    rent = rent or number
    lines = [list(names or rows[0])] if header else []
    for row in rows:
        cells = [row["id"], row["city"], number(row["size"]), yes[row["garden"]], date(row["built"]), rent(row["rent"])]
        lines.append([str(cell) for cell in cells])
    return "".join(sep.join(f"{quote}{cell}{quote}" for cell in line) + "\n" for line in lines)


def packed_gz(content):
    return gzip.compress(content)


def packed_zip(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("homes.csv", content)
    return buffer.getvalue()


def typed(rows):
    """Return rows as a frame with types."""
    return pl.DataFrame(
        [{**row, "built": (FIRST + row["built"]).astype("datetime64[D]").item()} for row in rows], orient="row"
    )


def parquet(rows, path):
    typed(rows).write_parquet(path)


def feather(rows, path):
    typed(rows).write_ipc(path)


def json_lines(rows, path):
    path.write_text(typed(rows).with_columns(pl.col("built").cast(pl.String)).write_ndjson(), "utf-8")


def excel(rows, path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in typed(rows).rows():
        book.active.append(row)
    book.save(path)


def titled_excel(rows, path):
    """Write a workbook of which the second sheet has the table, below a title and an empty row."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["About these homes"])
    sheet = book.create_sheet("Homes")
    sheet["A1"] = "Homes of the year"
    sheet.merge_cells("A1:F1")
    sheet.append([])
    sheet.append(list(rows[0]))
    for row in typed(rows).rows():
        sheet.append(row)
    book.save(path)


def plain_objects(rows):
    return [{**row, "built": iso(row["built"])} for row in rows]


def json_of_columns(rows, path):
    """Write what `to_json` of pandas does: an object for each column."""
    rows = plain_objects(rows)
    columns = {name: {str(place): row[name] for place, row in enumerate(rows)} for name in rows[0]}
    path.write_text(json.dumps(columns), "utf-8")


def json_in_an_object(rows, path):
    path.write_text(json.dumps({"count": len(rows), "homes": plain_objects(rows)}), "utf-8")


def zipped_parquet(rows, path):
    buffer = io.BytesIO()
    typed(rows).write_parquet(buffer)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("homes/homes.parquet", buffer.getvalue())
        archive.writestr("homes/.DS_Store", b"\0")
        archive.writestr("homes/README.txt", "About these homes")


def sqlite(rows, path):
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("create table homes (id integer, city text, size real, garden text, built text, rent real)")
    for row in rows:
        cells = (row["id"], row["city"], row["size"], "ny"[row["garden"]], iso(row["built"]), row["rent"])
        connection.execute("insert into homes values (?, ?, ?, ?, ?, ?)", cells)
    connection.commit()
    connection.close()


def duckdb(rows, path):
    import duckdb

    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute("create table homes (id int, city text, size double, garden boolean, built date, rent double)")
    connection.begin()
    for row in rows:
        cells = (row["id"], row["city"], row["size"], row["garden"], iso(row["built"]), row["rent"])
        connection.execute("insert into homes values (?, ?, ?, ?, ?, ?)", cells)
    connection.commit()
    connection.close()


def written(make, encoding="utf-8", pack=bytes):
    """Return what writes rows as text to a file."""

    def write(rows, path):
        path.write_bytes(pack(make(rows).encode(encoding)))

    return write


def commented(rows):
    lines = text(rows).splitlines()
    return "\n".join(["# homes, 2024", "# rent in euros", lines[0], "#", *lines[1:], ""])


def titled(rows):
    return "Homes of the year\n\n" + text(rows, ";")


def missing(rows):
    """Write missing values in five ways into the column of sizes; these rows are not in the formula."""
    lines = text(rows).splitlines()
    for place, word in enumerate(["", "NA", "?", "-", "null", "NaN", "n/a"], start=1):
        cells = lines[place].split(",")
        cells[2] = word
        lines[place] = ",".join(cells)
    return "\n".join(lines)


def wrapped(rows):
    """Write each line in quotes as a whole, with doubled quotes within."""
    return "".join(f'"{line.replace(chr(34), chr(34) * 2)}"\n' for line in text(rows, quote='"').splitlines())


def spellings(rows):
    """Write yes and no as several people do."""
    lines = text(rows).splitlines()
    words = {"yes": ["yes", "TRUE", "Y", "1"], "no": ["No", "false", "n", "0"]}
    spelled = [
        re.sub(r",(yes|no),", lambda found, place=place: f",{words[found[1]][place % 4]},", line)
        for place, line in enumerate(lines)
    ]
    return "\n".join(spelled)


def short_years(days):
    year, month, day = iso(days).split("-")
    return f"{day}-{month}-{year[2:]}"


def indexed(rows):
    """Write the numbers of rows into a first column without a name, as pandas does."""
    head, *lines = text(rows).splitlines()
    return "\n".join([f",{head}", *(f"{place},{line}" for place, line in enumerate(lines))])


def blank_lines(rows):
    return "\n\n" + text(rows).replace("\n", "\n\n") + "\n,,,,,\n"


def compact(days):
    return iso(days).replace("-", "")


def spelled(days):
    return (FIRST + days).astype("datetime64[D]").item().strftime("%B %d, %Y")


def spaced_quotes(rows):
    """Write a space behind each separator, and quotes around all cells, whose commas are of decimals."""
    return text(rows, ", ", grouped, quote='"')


def of_windows(rows):
    """Write what a spreadsheet in Germany exports: a mark, CRLF, separators at the ends, comments in between."""
    lines = text(rows, ";", german, day_first, ("nein", "ja"), rent=lambda value: f"{german(value)} EUR").splitlines()
    lines = [f"{line};" for line in lines]
    return "\r\n".join(["# Export", *lines[:9], "# Seite 2", *lines[9:]])


TABLES = {
    "comma": ("homes.csv", written(text)),
    "semicolon and decimal comma": ("homes.csv", written(lambda rows: text(rows, ";", comma))),
    "tab": ("homes.tsv", written(lambda rows: text(rows, "\t"))),
    "pipe": ("homes.txt", written(lambda rows: text(rows, "|"))),
    "spaces": ("homes.dat", written(lambda rows: text(rows, "   "))),
    "quotes": ("homes.csv", written(lambda rows: text(rows, quote='"'))),
    "quoted header of UCI": ("homes.csv", written(lambda rows: text(rows, ";", quote='"'))),
    "whole lines in quotes": ("homes.csv", written(wrapped)),
    "mark of UTF-8": ("homes.csv", written(text, "utf-8-sig")),
    "latin-1": ("homes.csv", written(text, "latin-1")),
    "UTF-16": ("homes.csv", written(text, "utf-16")),
    "UTF-16 without a mark": ("homes.csv", written(text, "utf-16-le")),
    "decimal comma in quotes": ("homes.csv", written(lambda rows: text(rows, number=comma, quote='"'))),
    "thousands": ("homes.csv", written(lambda rows: text(rows, ";", grouped))),
    "thousands in quotes": ("homes.csv", written(lambda rows: text(rows, number=grouped, quote='"'))),
    "German thousands": ("homes.csv", written(lambda rows: text(rows, ";", german))),
    "euros": ("homes.csv", written(lambda rows: text(rows, ";", comma, rent=lambda value: f"{german(value)} €"))),
    "dollars": ("homes.csv", written(lambda rows: text(rows, "\t", rent=lambda value: f"${grouped(value)}"))),
    "percent": ("homes.csv", written(lambda rows: text(rows, rent=lambda value: f"{value:.2f}%"))),
    "Swiss thousands": (
        "homes.csv",
        written(lambda rows: text(rows, rent=lambda value: "CHF " + f"{value:,.2f}".replace(",", "'"))),
    ),
    "spaces between thousands": (
        "homes.csv",
        written(lambda rows: text(rows, ";", comma, rent=lambda value: f"{value:,.2f}".replace(",", "\u202f"))),
    ),
    "day first": ("homes.csv", written(lambda rows: text(rows, date=day_first))),
    "day first with slashes": ("homes.csv", written(lambda rows: text(rows, date=slashes))),
    "month first": ("homes.csv", written(lambda rows: text(rows, date=american))),
    "times": ("homes.csv", written(lambda rows: text(rows, date=with_time))),
    "true and false": ("homes.csv", written(lambda rows: text(rows, yes=("FALSE", "TRUE")))),
    "comments": ("homes.csv", written(commented)),
    "a title": ("homes.csv", written(titled)),
    "blank lines": ("homes.csv", written(blank_lines)),
    "CRLF": ("homes.csv", written(lambda rows: text(rows).replace("\n", "\r\n"))),
    "CR alone": ("homes.csv", written(lambda rows: text(rows).replace("\n", "\r"))),
    "numbers of rows": ("homes.csv", written(indexed)),
    "gz": ("homes.csv.gz", written(text, pack=packed_gz)),
    "zip": ("homes.zip", written(text, pack=packed_zip)),
    "Parquet": ("homes.parquet", parquet),
    "Feather": ("homes.feather", feather),
    "JSON lines": ("homes.jsonl", json_lines),
    "Excel": ("homes.xlsx", excel),
    "SQLite": ("homes.sqlite", sqlite),
    "DuckDB": ("homes.duckdb", duckdb),
    "Excel with a title on the second sheet": ("homes.xlsx", titled_excel),
    "JSON of pandas": ("homes.json", json_of_columns),
    "JSON in an object": ("homes.json", json_in_an_object),
    "JSON lines under the ending of JSON": ("homes.json", json_lines),
    "Parquet in a zip file": ("homes.zip", zipped_parquet),
    "sep line of Excel": ("homes.csv", written(lambda rows: "sep=;\r\n" + text(rows, ";", german))),
    "yes in four spellings": ("homes.csv", written(spellings)),
    "short years": ("homes.csv", written(lambda rows: text(rows, date=short_years))),
    "spaces before quotes": ("homes.csv", written(spaced_quotes)),
    "spaces and decimal comma": ("homes.txt", written(lambda rows: text(rows, "   ", comma))),
    "sí and no": ("homes.csv", written(lambda rows: text(rows, yes=("no", "sí")))),
    "on and off": ("homes.csv", written(lambda rows: text(rows, yes=("off", "on")))),
    "compact dates": ("homes.csv", written(lambda rows: text(rows, ";", date=compact))),
    "names of months": ("homes.csv", written(lambda rows: text(rows, "\t", date=spelled, yes=("NON", "OUI")))),
    "an export of Windows": ("homes.csv", written(of_windows, "utf-8-sig")),
    "the same in UTF-16, packed": ("homes.csv.gz", written(of_windows, "utf-16", packed_gz)),
    "the same of old Macs": ("homes.txt", written(lambda rows: of_windows(rows).replace("\r\n", "\r"), "cp1252")),
}
