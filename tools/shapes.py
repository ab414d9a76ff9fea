"""Draw the small folder of images that comes with glassnet: circles, squares and triangles."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FOLDER = Path(__file__).parents[1] / "plugins" / "images" / "glassnet_images" / "data" / "shapes"
SIDE, LARGE, COUNT = 28, 8, 16
CORNERS = {"circle": 60, "square": 4, "triangle": 3}


def draw(corners: int, rng: np.random.Generator) -> Image.Image:
    """Return one shape, drawn large and made small so that its edges are smooth."""
    picture = Image.new("L", (SIDE * LARGE, SIDE * LARGE), int(rng.integers(0, 60)))
    radius, turn = rng.uniform(6, 11), rng.uniform(0, 2 * math.pi)
    x, y = rng.uniform(radius + 1, SIDE - radius - 1, 2)
    angles = turn + np.arange(corners) * 2 * math.pi / corners
    places = LARGE * np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)
    ImageDraw.Draw(picture).polygon([tuple(place) for place in places.tolist()], fill=int(rng.integers(150, 256)))
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    for name, corners in CORNERS.items():
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
        for number in range(COUNT):
            draw(corners, rng).save(FOLDER / name / f"{number:02}.png", optimize=True)
