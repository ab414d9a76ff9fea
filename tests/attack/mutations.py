"""Damage done to inputs: to bytes, to text, and to documents of JSON values."""

from __future__ import annotations

import copy
import json
import random
import struct
from collections.abc import Iterator
from typing import Any

_NUMBERS = [0, -1, 1, 2, 10**6, 10**9, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, float("inf"), float("nan")]
_TEXTS = [
    *("", "0", "a", "x" * 300, "../../x", "/etc/passwd", "\x00", "\ud800", "\u202e", "\x1b[31m", "é", "NaN", "float64"),
    *("float16", "int8", "object", "U5", "dense(2)", "dense(1000000000)", "relu", "nosuch", "glassnet:dense", "a:b(2)"),
    *("residual([residual([relu])])", "dense(-1)", "embedding(1000000000000, 8)"),
]
_TREES: list[Any] = [
    None,
    True,
    False,
    [],
    [[]],
    {},
    {"a": 1},
    {"array": "x"},
    [0],
    [-1],
    [None],
    ["relu"],
    [10**9],
    [4.7],
]
_VALUES = [*_NUMBERS, *_TEXTS, *_TREES]
_TOKENS = [
    *("(", ")", "[", "]", ",", "=", "'", '"', "\\", ":", " ", "\n", "\x00", "1e999", "-", "**", "9" * 30, "1j", "..."),
    *("None", "lambda: 0", "__import__('os')", "f'{1}'", "b'x'", "{", "}", "*a", "x.y", "glassnet:", "_", "__class__"),
    *(
        "０",
        "ﬁ",
        "\u0661",
        "é",
        "\ud800",
        "#",
        "\t",
        "\r",
        ";",
        "nan",
        "inf",
        "1_0",
        "0x10",
        "0777",
        "residual([",
        "relu",
    ),
]


def damaged_bytes(content: bytes, chance: random.Random) -> bytes:
    """Return bytes in which a few were changed, left out, put in or cut off; often near the beginning."""
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 8])):
        place = chance.randrange(len(damaged) + 1)
        if chance.random() < 0.3:
            place = min(place, chance.randrange(64))
        match chance.randrange(6):
            case 0 if place < len(damaged):
                damaged[place] ^= 1 << chance.randrange(8)
            case 1 if place < len(damaged):
                damaged[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 2:
                number = chance.choice([0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1, chance.getrandbits(64)])
                damaged[place : place + chance.choice([1, 4, 8])] = struct.pack("<Q", number)
            case 3:
                del damaged[place : place + chance.choice([1, 2, 8, 100])]
            case 4:
                del damaged[place:]
            case _:
                damaged[place:place] = chance.randbytes(chance.choice([1, 4, 50]))
    return bytes(damaged)


def damaged_text(text: str, chance: random.Random) -> str:
    """Return text with a few tokens put in, characters left out, repeated or replaced."""
    letters = list(text)
    for _ in range(chance.choice([1, 1, 2, 4])):
        place = chance.randrange(len(letters) + 1)
        length = chance.choice([1, 1, 2, 5, 20])
        match chance.randrange(4):
            case 0:
                letters[place:place] = chance.choice(_TOKENS)
            case 1:
                del letters[place : place + length]
            case 2:
                letters[place:place] = letters[place : place + length] * chance.choice([1, 2, 50])
            case _:
                letters[place : place + 1] = chr(chance.choice([chance.randrange(128), chance.randrange(0xD7FF)]))
    return "".join(letters)


def damaged_document(document: Any, chance: random.Random) -> Any:
    """Return a document in which a few values have another type or size, or are missing."""
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        places = list(_places(document))
        if not places:
            return chance.choice(_VALUES)
        holder, key = chance.choice(places)
        match chance.randrange(5):
            case 0:
                del holder[key]
            case 1 if isinstance(holder[key], str):
                holder[key] = damaged_text(holder[key], chance)
            case 2 if isinstance(holder, dict):
                holder[chance.choice(["x", "__class__", "", "update"])] = copy.deepcopy(chance.choice(_VALUES))
            case _:
                holder[key] = copy.deepcopy(chance.choice(_VALUES))
    return document


def as_json(document: Any, chance: random.Random) -> str:
    """Return a document as text, which sometimes is not JSON."""
    text = json.dumps(document)
    match chance.randrange(20):
        case 0:
            return damaged_text(text, chance)
        case 1:
            return chance.choice(["[" * 100_000, text[:-1], text + text, '{"a":1,' + text[1:], ""])
        case _:
            return text


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Iterate over every value in a document, as its holder and its key there."""
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for key in list(keys):
        yield document, key
        yield from _places(document[key])
