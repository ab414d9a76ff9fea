"""The IDX format: arrays of numbers in a file, as MNIST comes in."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn

# The third byte of a file says what its elements are.
_ELEMENTS: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_GZIP = b"\x1f\x8b"
_AGAIN = "download or unpack it again"
# A few bytes of gzip can stand for any number of zeros. Of photographs and digits, a byte stands for less than ten.
_MOST_UNPACKED = 64 * 2**20
_MOST_TIMES = 8
_PART = 2**20


def read_idx(path: Path, dtype: str, dimensions: int) -> gn.Array:
    """Read one IDX file, plain or packed with gzip.

    A file is two zero bytes, one byte for the element type and one for the number of dimensions; the size of
    each dimension in four bytes; then the elements, the index of the last dimension changing fastest. Every
    number has its highest byte first. Source: LeCun, Cortes and Burges, "The MNIST database of handwritten
    digits", http://yann.lecun.com/exdb/mnist/, section on the IDX file format.

    Parameters
    ----------
    path
        The file. Whether it is packed is told by its contents, not by its name.
    dtype, dimensions
        What the array is to be: ``"uint8"`` and 3 for a stack of images.

    Returns
    -------
    array
        Single bytes are not copied, and so are read-only; wider elements are put in this machine's byte order.

    Raises
    ------
    FileError
        When the file cannot be read.
    DataError
        When it is damaged, or holds something else.
    """
    content = _content(path)
    is_packed = content.startswith(_GZIP)
    size = 4 + 4 * dimensions
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) if is_packed else io.BytesIO(content) as file:
            element, shape = _header(path, file.read(size), dtype, dimensions)
            announced = math.prod(shape) * element.itemsize
            if is_packed:
                _check_size(path, announced, len(content))
                elements, found = _unpacked(file, announced)
            else:
                elements, found = memoryview(content)[size:], len(content) - size
    except EOFError:
        raise gn.DataError(f"{path} is cut short: its gzip data have no end; {_AGAIN}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise gn.DataError(f"{path} has damaged gzip data ({error}); {_AGAIN}") from None
    if found != announced:
        followed = "more" if is_packed and found > announced else f"{found} bytes"
        raise gn.DataError(
            f"{path} {'is cut short' if found < announced else 'has bytes behind its end'}: its header announces "
            f"{' x '.join(map(str, shape))} elements in {announced} bytes, and {followed} follow; "
            f"{_AGAIN}"
        )
    array = np.frombuffer(elements.toreadonly(), element).reshape(shape)
    return array.astype(element.newbyteorder("="), copy=False)


def _content(path: Path) -> bytes:
    try:
        return gn.read_whole(path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(f"cannot read {path}: {reason}; check that it is a file and may be read") from None


def _check_size(path: Path, announced: int, packed: int) -> None:
    """Raise `DataError` if packed data announce far more bytes than data of that size have."""
    most = _MOST_UNPACKED + _MOST_TIMES * packed
    if announced > most:
        raise gn.DataError(
            f"{path} has {packed:,} bytes and announces {announced:,}, more than the {most:,} that are unpacked from "
            "such a file; unpack it yourself if you trust it"
        )


def _unpacked(file: Any, announced: int) -> tuple[memoryview, int]:
    """Return the bytes that were announced, and how many there are: one more stands for all that follow."""
    elements = memoryview(bytearray(announced))
    found = 0
    # In parts, since gzip holds a copy of each.
    while found < announced and (read := file.readinto(elements[found : found + _PART])):
        found += read
    return elements, found + len(file.read(1))


def _header(path: Path, content: bytes, dtype: str, dimensions: int) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the element type and the shape that the first bytes announce."""
    size = 4 + 4 * dimensions
    if len(content) < size:
        raise gn.DataError(f"{path} is cut short: it has {len(content)} bytes, and its header takes {size}; {_AGAIN}")
    magic = content[:4]
    if magic[:2] != b"\0\0" or magic[2] not in _ELEMENTS:
        raise gn.DataError(
            f"{path} is not an IDX file: it begins with the bytes {magic.hex(' ')}, and an IDX file begins with 00 00 "
            "and an element type such as 08; give an IDX file, plain or packed with gzip"
        )
    element = _ELEMENTS[magic[2]]
    if element.name != dtype or magic[3] != dimensions:
        raise gn.DataError(
            f"{path} holds {element.name} in {_counted(magic[3])} (expected {dtype} in {_counted(dimensions)}); "
            "check that it is the file that its name says"
        )
    return element, tuple(int(each) for each in np.frombuffer(content, ">u4", dimensions, offset=4))


def _counted(dimensions: int) -> str:
    return "1 dimension" if dimensions == 1 else f"{dimensions} dimensions"
