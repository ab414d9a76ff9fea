"""The format js: a network as an ES module."""

from __future__ import annotations

from pathlib import Path

import glassnet as gn


class JavaScript(gn.Format):
    """One module without dependencies, for browsers and Node; ``predict(sample)`` returns a ``Float32Array``.

    Source: ECMA-262, ECMAScript language specification, whose modules and typed arrays it uses.
    """

    classes: tuple[str, ...] = gn.option((), help="the names of the classes")

    readable = False

    def save(self, network: gn.Network, path: Path) -> None:
        from glassnet_standalone.js_source import js_source

        gn.atomic_write(path, js_source(network, self.classes).encode())
