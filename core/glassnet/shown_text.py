"""Text from files and data, as terminals and messages show it."""

from __future__ import annotations

LONGEST_MESSAGE = 950
_GAP = " … "


def escaped(text: str) -> str:
    r"""Return `text` with each character that is not printable written as an escape such as ``\x1b``.

    Control characters reach the terminal otherwise: they can move the cursor, hide text, or rename the window.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def shortened(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return `text` without its middle if it is longer than `longest` characters.

    Messages begin with what is wrong and end with what to do. A long value is between the two.
    """
    if len(text) <= longest:
        return text
    kept = longest - len(_GAP)
    end = kept * 2 // 5
    return text[: kept - end] + _GAP + text[len(text) - end :]


def as_message(text: str) -> str:
    """Return a text as messages show it: shortened, and without control characters."""
    # Escapes are longer than what they replace, so the text is shortened before and after.
    return shortened(escaped(shortened(text, 4 * LONGEST_MESSAGE)))
