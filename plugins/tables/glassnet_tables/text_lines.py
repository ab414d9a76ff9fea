"""Text files: from bytes to lines, in any encoding, packed or not."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from glassnet.errors import DataError, FileError, GlassnetError
from glassnet_files.files import check_regular, read_whole

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED: dict[str, Callable[[Any], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
PACKED_ENDINGS = (*_PACKED, ".zip")
# What a packed file may unpack to, in bytes and as a multiple of its size.
_MOST_BYTES = 64 * 2**20
_MOST_TIMES = 100


def file_bytes(path: Path) -> bytes:
    """Return the contents of a file, unpacked if its name ends with .gz, .bz2, .xz or .zip.

    Raises
    ------
    FileError, DataError
        If it cannot be read, or is damaged; or if a zip file has several tables.
    """
    try:
        content = read_whole(path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise _unreadable(path, error) from None
    if path.suffix.lower() not in PACKED_ENDINGS:
        return content
    with _unpacked(path, io.BytesIO(content)) as file:
        return _bounded(path, file, len(content))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file, packed or not, to be read in pieces.

    Raises
    ------
    FileError, DataError
        As by `file_bytes`.
    """
    try:
        check_regular(path)
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    with file:
        if path.suffix.lower() not in PACKED_ENDINGS:
            yield file
        else:
            with _unpacked(path, file) as content:
                yield content


def _unreadable(path: Path, error: Exception) -> FileError:
    reason = getattr(error, "strerror", None) or error
    return FileError(f"cannot read {path}: {reason}; check that it is a file and may be read")


@contextmanager
def _unpacked(path: Path, packed: Any) -> Iterator[Any]:
    try:
        ending = path.suffix.lower()
        with _only_member(path, packed) if ending == ".zip" else _PACKED[ending](packed) as file:
            yield file
    except (GlassnetError, GeneratorExit):
        raise
    except (OSError, EOFError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, RuntimeError, ValueError) as error:
        raise DataError(f"{path} is damaged and cannot be unpacked ({error}); take another copy") from None


@contextmanager
def _only_member(path: Path, packed: Any) -> Iterator[Any]:
    with zipfile.ZipFile(packed) as archive:
        names = [each for each in archive.namelist() if _may_be_a_table(each)]
        if len(names) != 1:
            listed = ", ".join(names[:10]) or "none"
            raise DataError(f"{path} has {len(names)} files ({listed}); unpack it, and give one of them")
        with archive.open(names[0]) as file:
            yield file


def _may_be_a_table(member: str) -> bool:
    """Return whether a file in a zip file is not a folder, a hidden file, or a text about the others."""
    name = PurePosixPath(member).name.lower()
    is_hidden = name.startswith(".") or member.startswith("__MACOSX")
    return not (member.endswith("/") or is_hidden or re.match(r"(readme|licen[cs]e)\b", name))


def inner_ending(path: Path) -> str:
    """Return the ending of a file, or of the file that is packed in it: ``.csv`` for ``t.csv.gz``."""
    ending = path.suffix.lower()
    if ending not in PACKED_ENDINGS:
        return ending
    if ending == ".zip":
        with suppress(OSError, ValueError, zipfile.BadZipFile):
            check_regular(path)
            with zipfile.ZipFile(path) as archive:
                names = [each for each in archive.namelist() if _may_be_a_table(each)]
                return PurePosixPath(names[0]).suffix.lower() if len(names) == 1 else ""
    return path.with_suffix("").suffix.lower()


def _bounded(path: Path, file: Any, size: int) -> bytes:
    """Return the contents of a packed file of some size; raise `DataError` if they are many times as large."""
    most = _MOST_BYTES + _MOST_TIMES * size
    content: bytes = file.read(most + 1)
    if len(content) > most:
        raise DataError(f"{path} unpacks to more than {most:,} bytes; unpack it yourself, and give the table")
    return content


def encoding_of(content: bytes) -> str:
    """Return the encoding of text: by the mark at its beginning; else UTF-8, UTF-16 by its zeros, or Windows-1252."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:4000]
    if sample.count(0) > len(sample) // 4:  # every second byte of Western text in UTF-16
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)  # a character may be cut off at the end
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decoded(content: bytes, path: Path) -> str:
    """Return bytes as text in the encoding that `encoding_of` finds.

    Raises
    ------
    DataError
        If they are not text.
    """
    encoding = encoding_of(content)
    if encoding == "cp1252":
        if b"\x00" in content:
            raise DataError(f"{path} is not a text file; give a table as CSV, Parquet or Excel")
        return content.decode(encoding, errors="replace")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not {encoding} text ({error.reason}); save it as CSV in UTF-8") from None
