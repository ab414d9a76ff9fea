"""Safetensors files of ours: arrays by name, and one JSON object that describes them.

Since format 2 a file has a digest: the CRC-32 of the whole file, in which the digest itself is eight zeros. It tells
damage and not forgery. Files of format 1 have no digest, and checkpoints of that time no word of their format.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from glassnet.components.services import check_memory
from glassnet.errors import FileError, ModelFileError
from glassnet.types import Array
from glassnet_files.files import read_whole
from glassnet_persistence.file_schema import read_json

FORMAT = 2
_EMPTY = b"00000000"
# As the header of the file writes it: a JSON text within JSON. The digest is the first name in the text.
_BEFORE_DIGEST = rb"{\"digest\": \""


def encode(arrays: dict[str, Array], key: str, text: str) -> bytes:
    """Return the contents of a file.

    Parameters
    ----------
    arrays
        By name.
    key
        What the text is called in the metadata. It is all of the metadata: safetensors writes several keys in an order
        that changes from process to process.
    text
        A JSON object with one name or more, among them the format.
    """
    from safetensors.numpy import save

    size = sum(array.nbytes for array in arrays.values())
    # The library that writes ends the process if there is none.
    check_memory(2 * size, f"putting {size:,} bytes of arrays into a file", "use a smaller network or optimizer")
    whole = f'{{"digest": "{_EMPTY.decode()}", {text[1:]}'
    in_order = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    content: bytes = save(in_order, {key: whole})
    start, digest = _digest(content)
    return b"".join((content[:start], digest, memoryview(content)[start + len(_EMPTY) :]))


def decode(path: Path, key: str, what: str, advice: str) -> tuple[dict[str, Any] | None, dict[str, Array]]:
    """Read a file; return its JSON object, or None if it has none under `key`, and its arrays.

    Parameters
    ----------
    path, key
        The file, and the key of its text.
    what, advice
        What the file should be, and what to do if it is damaged, in the words of messages.

    Raises
    ------
    FileError, ModelFileError
        When it cannot be read, is damaged, or is of a newer format.
    """
    from safetensors.numpy import load

    try:
        content = read_whole(path)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or error
        raise FileError(f"cannot read the {what} {path}: {reason}; check the path") from None
    try:
        arrays = load(content)
    except Exception as error:  # the reader raises exceptions of several libraries
        raise ModelFileError(f"{path} is damaged or no {what} file ({error}); {advice}") from None
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    text = (header.get("__metadata__") or {}).get(key)
    if text is None:
        return None, arrays
    described = read_json(text, str(path), ModelFileError, advice)
    _check_digest(content, described, f"the {what} {path}", advice)
    return described, arrays


def _check_digest(content: bytes, described: dict[str, Any], file: str, advice: str) -> None:
    """Raise `ModelFileError` if a file has another digest than its contents, or a format that is not known."""
    digest, version = described.pop("digest", None), described.get("format", 1)
    if type(version) is int and version > FORMAT:  # the place of the digest in such a file is unknown
        raise ModelFileError(
            f"{file} has format {version}, and this glassnet reads {FORMAT} and 1; install the version that wrote it, "
            "or take another copy if the file is damaged"
        )
    if digest is None and type(version) is int and version == 1:
        return
    start, expected = _digest(content)
    if digest is None or start < 0 or content[start : start + len(_EMPTY)] != expected:
        raise ModelFileError(f"{file} is damaged: its contents do not match its digest; {advice}")
    if type(version) is not int or version != FORMAT:
        raise ModelFileError(f"{file} is damaged: its format is {version!r}; {advice}")


def _digest(content: bytes) -> tuple[int, bytes]:
    """Return where the digest of a file is, or -1, and what it has to be."""
    before = content.find(_BEFORE_DIGEST)
    start = before + len(_BEFORE_DIGEST) if before >= 0 else -1
    view = memoryview(content)
    crc = crc32(view[start + len(_EMPTY) :], crc32(_EMPTY, crc32(view[: max(start, 0)])))
    return start, f"{crc:08x}".encode()
