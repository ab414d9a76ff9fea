"""The format py: a network as a Python file that needs only NumPy."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

import glassnet as gn


class Python(gn.Format):
    """One file with the formulas of the layers, their sources and the weights, and a function ``predict``.

    Source: Harris et al. (2020), Array programming with NumPy, Nature 585, whose functions it calls.
    """

    beside: bool = gn.option(False, help="whether the weights are in a file NAME.npz beside it")

    classes: tuple[str, ...] = gn.option((), help="the names of the classes")

    readable = False

    def save(self, network: gn.Network, path: Path) -> None:
        from glassnet_standalone.python_source import python_source

        weights_file = path.with_suffix(".npz")
        text, arrays = python_source(network, self.classes, weights_file.name if self.beside else "")
        if self.beside:
            content = io.BytesIO()
            np.savez(content, **arrays)  # type: ignore[arg-type]
            gn.atomic_write(weights_file, content.getvalue())
        gn.atomic_write(path, text.encode())
