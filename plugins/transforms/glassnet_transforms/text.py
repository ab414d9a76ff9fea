"""Text: hashed words and characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np

import glassnet as gn

_WORD = re.compile(r"\w+")


class Text(gn.Transform):
    """Counts of words, and of runs of characters, in outputs that their CRC-32 gives; each row has length 1.

    Half of the words count negatively, so that two words in one output do not add up in the mean. Case is ignored.
    A missing text, and one without a word, is 0 everywhere.

    Source: Weinberger et al. (2009), Feature Hashing for Large Scale Multitask Learning.
    """

    formula = "z = c / ||c||,  c_k = sum of the signs of the words with crc32 mod size = k"
    takes = "text"

    size: int = gn.option(128, ge=2, help="number of outputs")
    characters: int = gn.option(0, ge=0, help="length of the runs of characters that count beside the words; 0: none")

    def transform(self, values: gn.Array, state: dict[str, Any]) -> gn.Array:
        counts = np.zeros((len(values), self.size))
        for row, value in zip(counts, values, strict=True):
            for token in self._tokens("" if value is None else str(value).lower()):
                code = crc32(token.encode())
                row[code % self.size] += 1 if code >> 31 else -1
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / np.where(lengths == 0, 1.0, lengths)

    def _tokens(self, text: str) -> Iterator[str]:
        yield from _WORD.findall(text)
        if self.characters:
            for start in range(len(text) - self.characters + 1):
                yield f"c:{text[start : start + self.characters]}"

    def output_names(self, names: Sequence[str], state: dict[str, Any]) -> list[str]:
        return [f"{names[0]} #{place}" for place in range(self.size)]
