"""Draws the pictures of docs/plots.md, which are small: ``python tools/plot_pictures.py``, or some of them by name."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_plots.drawing import Drawing

FOLDER = Path(__file__).parents[1] / "docs" / "images" / "plots"
_DPI, _COLORS = 62, 160
_FRAMES = 7

RUNS = {
    "moons": ["moons"],
    "digits": ["digits", "--layers", "flatten dense(64) relu dense(32) relu dense(10) softmax", "--epochs", "6"],
    "rows": ["digits", "--layers", "reshape((8,8)) self_attention(2) flatten dense(10) softmax", "--epochs", "6"],
}
PICTURES = {
    "decision_boundary.gif": ("decision_boundary(points=60)", "moons"),
    "loss_landscape.png": ("loss_landscape", "digits"),
    "trajectory.png": ("loss_landscape(along=trajectory)", "digits"),
    "lr_range_test.png": ("lr_range_test", "digits"),
    "activations.png": ("activations", "digits"),
    "gradients.png": ("gradients", "digits"),
    "update_ratios.png": ("update_ratios", "digits"),
    "first_weights.png": ("first_weights", "digits"),
    "embeddings.png": ("embeddings", "digits"),
    "attention.png": ("attention", "rows"),
    "misclassified.png": ("misclassified", "digits"),
    "confusion.png": ("confusion", "digits"),
    "curves.png": ("curves", "digits"),
}


def draw(folder: Path, runs: Path, names: list[str]) -> None:
    """Write the pictures with these names into a folder; trainings that are needed are recorded in another."""
    for name in names:
        kind, run = PICTURES[name]
        if not (runs / run).exists():
            main(["train", *RUNS[run], "--record", "--no-plots", "--quiet", "--out", str(runs / run)])
        drawing = gn.plot(kind, runs / run)
        (folder / name).write_bytes(_animation(drawing) if name.endswith(".gif") else _picture(drawing))


def _image(drawing: Drawing, frame: int, colors: int = _COLORS) -> Image.Image:
    picture = io.BytesIO()
    drawing.frame(frame).savefig(picture, format="png", dpi=_DPI)
    return Image.open(picture).convert("RGB").quantize(colors, dither=Image.Dither.NONE)


def _picture(drawing: Drawing) -> bytes:
    content = io.BytesIO()
    _image(drawing, drawing.frames - 1).save(content, "png", optimize=True)
    return content.getvalue()


def _animation(drawing: Drawing) -> bytes:
    last = drawing.frames - 1
    # The beginning, where most happens, and then every few frames.
    frames = [_image(drawing, round(last * (place / (_FRAMES - 1)) ** 2), 48) for place in range(_FRAMES)]
    content = io.BytesIO()
    frames[0].save(content, "gif", save_all=True, append_images=frames[1:], duration=400, loop=0, optimize=True)
    return content.getvalue()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        draw(FOLDER, Path(temporary), sys.argv[1:] or list(PICTURES))
