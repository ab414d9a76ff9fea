"""Images in every format that Pillow writes, given to a network."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path

import numpy as np
from PIL import Image

import glassnet as gn
from tests.attack.inputs import Input, Refused, Shown, Target
from tests.attack.mutations import damaged_bytes
from tests.attack.recipes import command

_FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "BMP",
    "TIFF",
    "WEBP",
    "PPM",
    "TGA",
    "PCX",
    "ICO",
    "SGI",
    "IM",
    "DDS",
    "PDF",
    "JPEG2000",
)
_MODES = ("L", "RGB", "1", "P", "LA", "RGBA", "CMYK")


class Images(Target):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.model = folder / "model.safetensors"
        gn.Network("flatten dense(2)").build((5, 5, 1)).save(self.model)
        pixels = Image.fromarray(np.random.default_rng(0).integers(0, 255, (5, 5)).astype(np.uint8))
        self.images = []
        for mode in _MODES:
            for form in _FORMATS:
                file = io.BytesIO()
                with contextlib.suppress(OSError, KeyError, ValueError):
                    pixels.convert(mode).save(file, form)
                    self.images.append(file.getvalue())
        postscript = io.BytesIO()
        pixels.save(postscript, "EPS")
        self.hard = [Input(postscript.getvalue(), "EPS", must_be_refused=True)]

    def damaged(self, chance: random.Random) -> Input:
        return Input(damaged_bytes(chance.choice(self.images), chance))

    def open(self, given: Input) -> Shown:
        path = self.folder / "image.png"
        path.write_bytes(given.content)
        code, text, errors = command("predict", str(self.model), str(path))
        if code:
            raise Refused(errors)
        return Shown(text=text + errors)
