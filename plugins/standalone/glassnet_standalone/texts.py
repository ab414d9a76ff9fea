"""Names and texts of others in programs: as a comment or as a text in quotes they are data, and never code.

A file that holds them is plain ASCII there, so it can be shown in a terminal, and no letter in it turns the direction
of a line. Source: Boucher and Anderson (2023), Trojan Source: Invisible Vulnerabilities, USENIX Security 32.
"""

from __future__ import annotations

import json

import glassnet as gn

_PLAIN_BYTES = frozenset(range(32, 127)) - frozenset(b'"\\?')


def in_comment(text: str) -> str:
    """Return a text for one line of a comment of Python, C or JavaScript, which does not end the comment.

    It does not end the ``<script>`` of a page either, into which a module may be pasted.
    """
    return gn.escaped(text).replace("*/", "* /").replace("/*", "/ *").replace("</", "< /")


def in_docstring(text: str) -> str:
    """Return a text for a docstring of Python, which does not end it."""
    return text.replace("\\", "\\\\").replace('"""', "'''")


def in_c(text: str) -> str:
    """Return a text in quotes for C: each byte that is not a plain letter is written in octal, with three digits.

    Raises
    ------
    OptionError
        If the text holds half a pair of Unicode, which no encoding has bytes for.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise gn.OptionError(
            f"the name {text!r} holds half a pair of Unicode, for which C has no bytes; rename it, or write m.py"
        ) from None
    return '"' + "".join(chr(byte) if byte in _PLAIN_BYTES else f"\\{byte:03o}" for byte in content) + '"'


def in_javascript(value: object) -> str:
    """Return texts and lists as JavaScript, which may be pasted into the ``<script>`` of a page."""
    return json.dumps(value).replace("<", "\\u003c").replace("\x7f", "\\u007f")
