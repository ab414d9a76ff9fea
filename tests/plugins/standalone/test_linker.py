"""Source that is written into files: without annotations, with what it needs."""

import functools
import re

import numpy as np
import pytest

import glassnet as gn
from glassnet_standalone.linker import Linker, NotSelfContainedError, without_annotations

_PATTERN = re.compile(r"\w+", re.IGNORECASE)
_LIMIT = 3


def first_words(text: str, most: int = _LIMIT) -> list[str]:
    """Return words."""
    found: list[str] = _PATTERN.findall(text)  # all of them
    kept: list[str]
    kept = found[:most]
    return kept


def joined(
    text: str,
    *more: str,
    by: str = "-",
) -> str:
    return by.join([*first_words(text), *more])


def test_annotations_go_and_comments_stay():
    assert without_annotations('def f(x: int = 1, *, y: "np.ndarray" = None) -> int:\n    return x  # one\n') == (
        "def f(x=1, *, y=None):\n    return x  # one"
    )
    assert without_annotations("def f(x: int) -> int: return x") == "def f(x): return x"


def test_a_function_brings_what_it_needs():
    linker = Linker()
    linker.function(joined)
    text = "\n".join([*linker.imports, *linker.definitions.values()])
    assert "gn" not in text
    names: dict = {}
    exec(text, names)
    assert names["joined"]("a b c d e", "f") == "a-b-c-f" == joined("a b c d e", "f")
    assert set(linker.definitions) == {"_PATTERN", "_LIMIT", "first_words", "joined"}


def needs_the_package(x):
    return gn.load(x)


@functools.cache
def decorated(x):
    return x


def calls_decorated(x):
    return decorated(x) + np.pi


@pytest.mark.parametrize(("function", "name"), [(needs_the_package, "glassnet"), (calls_decorated, "decorated")])
def test_what_cannot_be_written_is_named(function, name):
    with pytest.raises(NotSelfContainedError, match=name):
        Linker().function(function)
