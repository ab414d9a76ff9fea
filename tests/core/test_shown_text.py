"""Messages: their length, and that nothing in them steers a terminal."""

from __future__ import annotations

import pytest

from glassnet import errors
from glassnet.errors import escaped, shortened


def test_control_characters_are_written_as_escapes():
    assert escaped("a\x1b[31mb\x07\x9b\r\n\u202ec\ud800") == r"a\x1b[31mb\x07\x9b\r\n\u202ec\ud800"
    assert escaped("Grüße 漢字 → ±") == "Grüße 漢字 → ±"


def test_a_long_text_keeps_its_beginning_and_its_end():
    text = shortened("wrong: " + "a" * 5000 + "; do this", 100)
    assert len(text) <= 100
    assert text.startswith("wrong: aaa")
    assert text.endswith("aaa; do this")
    assert "a … a" in text
    assert shortened("a" * 100, 100) == "a" * 100


@pytest.mark.parametrize(
    "error", [errors.DataError, errors.UnknownNameError, errors.FileError, errors.UnknownAttributeError]
)
def test_an_error_with_a_hostile_value_is_short_and_harmless(error):
    whole = f"no column {chr(27) * 40_000}; choose another"
    raised = error(whole)
    assert len(str(raised)) <= 1000
    assert str(raised).startswith(r"no column \x1b\x1b")
    assert str(raised).endswith("; choose another")
    assert raised.message() == whole


def test_a_warning_is_shown_like_an_error():
    warning = errors.GlassnetWarning("\x1b]0;title\x07" + "a" * 5000)
    assert str(warning).startswith(r"\x1b]0;title\x07")
    assert len(str(warning)) <= 1000
