"""The format h: a network as a header of C99."""

from __future__ import annotations

import re
from pathlib import Path

import glassnet as gn


class C(gn.Format):
    """One header that needs the standard library alone, allocates nothing, and holds the weights.

    Source: ISO/IEC 9899:1999, the C language, whose section 6.4.4.2 has the hexadecimal numbers.
    """

    int8: bool = gn.option(False, help="whether weights are stored as integers of 8 bits")
    classes: tuple[str, ...] = gn.option((), help="the names of the classes")

    readable = False

    def save(self, network: gn.Network, path: Path) -> None:
        from glassnet_standalone.c_source import c_source

        gn.atomic_write(path, c_source(network, c_name(path.stem), self.classes, int8=self.int8).encode())


def c_name(text: str) -> str:
    """Return a name that C takes."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_").lower()
    return name if name and not name[0].isdigit() else f"net_{name}"
