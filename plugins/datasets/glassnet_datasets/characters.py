"""Characters: a novel, to be continued letter by letter."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from pathlib import Path

import numpy as np

import glassnet as gn

_SHIPPED = Path(__file__).parent / "data" / "characters" / "persuasion.txt.gz"
_TEST_PART = 0.1
# A few bytes of gzip can stand for any number of letters; of a text, a byte stands for less than five.
_MOST_UNPACKED = 2**20
_MOST_TIMES = 16
_GZIP = b"\x1f\x8b"


class Characters(gn.DataSource):
    """Pieces of a text, in which each character is to be predicted from those before it in its piece.

    ``x`` is ``(pieces, length)`` int64: characters as indices into `classes`, which are all characters of the text
    in the order of their codes. ``y`` is the same one character further on. The pieces follow each other without
    overlap; the last tenth of the text is for testing.

    The text that ships is Jane Austen's novel Persuasion (1818), 466,854 characters of 75 kinds; it is in the
    public domain. Another one is read from `path`: plain text in UTF-8, which may be packed with gzip.

    A network's loss on these data, divided by the logarithm of 2, is bits per character: how many yes-no questions
    a character still takes. On the test part the recipe needs 1.89. Counting what followed the last 3 characters in
    the training part needs 2.18, and counting after the last 4 is best, with 1.98 (interpolation after Witten and
    Bell). Shannon (1951), Prediction and Entropy of Printed English, Bell System Technical Journal 30.
    """

    length: int = gn.option(100, ge=1, help="characters in a piece")
    path: str | None = gn.option(None, path=True, help="a text of your own, in UTF-8")

    def load(self) -> gn.Dataset:
        source = _SHIPPED if self.path is None else Path(os.path.expanduser(self.path))
        alphabet, text = _encoded(_read(source))
        end = len(text) - round(len(text) * _TEST_PART)
        parts = text[:end], text[end:]
        if min(map(len, parts)) <= self.length:
            raise gn.DataError(
                f"{source} has {len(text)} characters, {len(parts[1])} of them to test with, which is not enough for a "
                f"piece of {self.length} and the character after it; give a longer text or a smaller length"
            )
        train, test = (self._pieces(part) for part in parts)
        return gn.Dataset(
            train=train, test=test, classes=alphabet, task="classification", recipe=_recipe(len(alphabet))
        )

    def _pieces(self, text: gn.Array) -> gn.Split:
        """Return the whole pieces in `text`, each with the same piece one character further on."""
        pieces = (len(text) - 1) // self.length
        used = pieces * self.length
        return gn.Split(text[:used].reshape(pieces, self.length), text[1 : used + 1].reshape(pieces, self.length))


def _read(path: Path) -> str:
    try:
        content = gn.read_whole(path)
        return (_unpacked(path, content) if content.startswith(_GZIP) else content).decode("utf-8")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise gn.DataError(f"{path} has damaged gzip data ({error}); take another copy") from None
    except OSError as error:
        raise gn.FileError(f"cannot read {path}: {error.strerror}; check that it is a file and may be read") from None
    except UnicodeDecodeError as error:
        raise gn.DataError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); convert it") from None


def _unpacked(path: Path, content: bytes) -> bytes:
    """Return what was packed, or raise `DataError` if it is far more than texts of that size have."""
    most = _MOST_UNPACKED + _MOST_TIMES * len(content)
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise gn.DataError(
            f"{path} has {len(content):,} bytes and unpacks to more than {most:,}; unpack it yourself if you trust it"
        )
    return text


def _encoded(text: str) -> tuple[tuple[str, ...], gn.Array]:
    """Return the characters of `text` in order, and the text as indices into them."""
    codes, indices = np.unique(np.frombuffer(text.encode("utf-32-le"), "<u4"), return_inverse=True)
    return tuple(map(chr, codes.tolist())), indices.astype(np.int64)


def _recipe(characters: int) -> gn.Recipe:
    return gn.Recipe(
        layers=[
            f"embedding({characters}, 32)",
            "gru(256, return_sequences=True)",
            f"dense({characters})",
            "softmax",
        ],
        loss="categorical_crossentropy",
        optimizer="adam(lr=0.01)",
        schedule="cosine",
        epochs=6,
        batch_size=16,
        validation=0.05,
        metrics=["accuracy"],
    )
