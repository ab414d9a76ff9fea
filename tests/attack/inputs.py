"""What is damaged and opened: inputs, and the places that take them."""

from __future__ import annotations

import json
import random
import struct
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.attack.mutations import as_json, damaged_document


class Refused(Exception):  # noqa: N818 - it stands for an error of glassnet's that the command line has printed
    """The command line has refused an input."""


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes
    ----------
    content, about
        Its bytes, and what else belongs to it, such as the ending of the file's name.
    was_saved
        Whether it is a file of glassnet's that was damaged after it was saved: it must be refused or be as it was.
    must_be_refused
        Whether it is nonsense that has the right form.
    """

    content: bytes
    about: str = ""
    was_saved: bool = False
    must_be_refused: bool = False


@dataclass(frozen=True)
class Shown:
    """What opening an input gave: a value that can be compared, and text that was printed."""

    value: Any = None
    text: str = ""


class Target(ABC):
    """One kind of input, and how it is opened.

    Attributes
    ----------
    share
        How many inputs it gets, relative to the others.
    hard
        Inputs that are tried first in each round.
    saved
        What opening the undamaged file gives.
    """

    share: ClassVar[float] = 1.0
    hard: list[Input]
    saved: Any = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hard = []

    @abstractmethod
    def damaged(self, chance: random.Random) -> Input:
        """Return the next damaged input."""

    @abstractmethod
    def open(self, given: Input) -> Shown:
        """Open an input as a user would."""


def encoded(text: str) -> bytes:
    """Return text as bytes, broken characters included."""
    return text.encode("utf-8", "surrogatepass")


def unpacked(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return header and body of a safetensors file."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def packed(header: Any, body: bytes) -> bytes:
    """Return a safetensors file of a header, which may be nonsense, and a body."""
    text = encoded(header if isinstance(header, str) else json.dumps(header))
    return struct.pack("<Q", len(text)) + text + body


def edited(content: bytes, **changes: Any) -> bytes:
    """Return a safetensors file of glassnet's whose description says something else."""
    header, body = unpacked(content)
    for key, text in header["__metadata__"].items():
        described = json.loads(text) if text.startswith("{") else {}
        if described.keys() & changes:
            header["__metadata__"][key] = json.dumps({**described, **changes})
    return sealed(packed(header, body))


def sealed(content: bytes) -> bytes:
    """Return a safetensors file with the digest that its contents have, as somebody who forges a file would.

    It is the CRC-32 of the file in which the digest is eight zeros. A file that lost its digest stays as it is.
    """
    before, name, after = content.partition(rb"{\"digest\": \"")
    if not name:
        return content
    crc = zlib.crc32(before + name + b"0" * 8 + after[8:])
    return before + name + f"{crc:08x}".encode() + after[8:]


def flipped(content: bytes) -> bytes:
    """Return a file in which the highest bit of the last number's fraction is the other one."""
    return content[:-2] + bytes([content[-2] ^ 0x40]) + content[-1:]


def forged(content: bytes, chance: random.Random) -> bytes:
    """Return a safetensors file whose description or list of tensors was damaged, mostly with a digest that fits."""
    header, body = unpacked(content)
    seal = sealed if chance.random() < 0.9 else bytes
    if chance.random() < 0.4:
        return seal(packed(as_json(damaged_document(header, chance), chance), body))
    key = chance.choice(list(header["__metadata__"]))
    text = header["__metadata__"][key]
    described = json.loads(text) if text.startswith("{") else text
    header["__metadata__"][key] = as_json(damaged_document(described, chance), chance)
    return seal(packed(header, body))
