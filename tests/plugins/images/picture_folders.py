"""Folders of images as people have them: each one is written to a folder, and has two classes, dark and light."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 12
COUNT = 6
FOLDERS: dict[str, Callable[[Path], Path]] = {}


def folder(write: Callable[[Path], Path | None]) -> Callable[[Path], Path | None]:
    """Add a kind of folder; what it returns is what is trained on, by default the folder."""
    FOLDERS[write.__name__] = lambda place: write(place) or place
    return write


def shades(seed: int, side: int = SIDE) -> dict[str, list[np.ndarray]]:
    """Return the pixels of some images of each class, ``(side, side, 3)``."""
    rng = np.random.default_rng(seed)
    low = {"dark": 10, "light": 170}
    return {
        name: [rng.integers(low[name], low[name] + 70, (side, side, 3)).astype(np.uint8) for _ in range(COUNT)]
        for name in low
    }


def write_all(place: Path, change: Callable[[Image.Image], Image.Image] | None = None, ending: str = ".png", **save):
    """Write the images of both classes, changed and in a format."""
    for name, images in shades(0).items():
        (place / name).mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate(images):
            image = Image.fromarray(pixels)
            (change(image) if change else image).save(place / name / f"{number}{ending}", **save)


@folder
def plain(place):
    write_all(place)


@folder
def grey(place):
    write_all(place, lambda image: image.convert("L"))


@folder
def grey_beside_colour(place):
    write_all(place)
    Image.fromarray(shades(0)["dark"][0]).convert("L").save(place / "dark" / "0.png")


@folder
def black_and_white(place):
    write_all(place, lambda image: image.convert("1"))


@folder
def opaque_rgba(place):
    write_all(place, lambda image: image.convert("RGBA"))


@folder
def transparent(place):
    """The light ones are black and transparent: on white they are light."""
    write_all(place, lambda image: image.convert("RGBA"))
    for path in (place / "light").iterdir():
        Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 20)).save(path)


@folder
def palette(place):
    write_all(place, lambda image: image.quantize(16))


@folder
def sixteen_bits(place):
    def deep(image):
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)

    write_all(place, deep)


@folder
def cmyk(place):
    write_all(place, lambda image: image.convert("CMYK"), ".jpg", quality=95)


@folder
def mixed_sizes(place):
    write_all(place)
    for number, path in enumerate(sorted(place.rglob("*.png"))):
        with Image.open(path) as image:
            resized = image.resize((10 + 7 * number, 40 - 2 * number), Image.Resampling.NEAREST)
        resized.save(path)


@folder
def upper_case_endings(place):
    write_all(place, ending=".JPG", format="JPEG")


@folder
def many_formats(place):
    write_all(place)
    for name in ("dark", "light"):
        for number, ending in enumerate((".bmp", ".gif", ".tiff", ".webp", ".tif", ".jpeg")):
            path = place / name / f"{number}.png"
            with Image.open(path) as image:
                image.save(path.with_suffix(ending))
            path.unlink()


@folder
def moving_gifs(place):
    write_all(place, ending=".gif")
    for name in ("dark", "light"):
        for path in (place / name).iterdir():
            with Image.open(path) as opened:
                first = opened.convert("RGB")
            other = Image.new("RGB", first.size, "grey")
            first.save(path, save_all=True, append_images=[other, other])


@folder
def nested(place):
    write_all(place / "archive" / "animals")
    for path in sorted(place.rglob("*.png"))[::2]:
        (path.parent / "2024" / "may").mkdir(parents=True, exist_ok=True)
        path.rename(path.parent / "2024" / "may" / path.name)


@folder
def litter(place):
    """What systems leave behind: hidden files, thumbnails, texts, and a folder without images."""
    write_all(place)
    for name in (".DS_Store", "Thumbs.db", "readme.txt", "dark/._0.png", "light/notes.md"):
        (place / name).write_bytes(b"litter")
    (place / "__MACOSX").mkdir()
    (place / ".ipynb_checkpoints").mkdir()


@folder
def names_in_other_letters(place):
    write_all(place)
    for path in place.rglob("*.png"):
        path.rename(path.with_name(f"Größe {path.stem} 猫 (1).png"))


@folder
def parts(place):
    for part in ("Train", "val", "test"):
        write_all(place / part)


@folder
def train_and_validation(place):
    for part in ("training", "validation"):
        write_all(place / part)


def flat(place: Path, ending: str = ".png") -> list[tuple[str, str]]:
    """Write all images into one folder, and return their names and classes."""
    rows = []
    place.mkdir(parents=True, exist_ok=True)
    for name, images in shades(0).items():
        for number, pixels in enumerate(images):
            file = f"{name[0]}{number}{ending}"
            Image.fromarray(pixels).save(place / file)
            rows.append((file, name))
    return rows


@folder
def table(place):
    rows = flat(place / "pictures")
    (place / "labels.csv").write_text("file,label\n" + "".join(f"pictures/{file},{name}\n" for file, name in rows))


@folder
def table_of_names_without_endings(place):
    rows = flat(place / "train", ".jpg")
    lines = "".join(f"{name};{file[:-4]};{len(file)}\n" for file, name in rows)
    (place / "labels.csv").write_text("class;id;length\n" + lines, encoding="utf-8-sig")


@folder
def arrays_as_keras_has_them(place):
    made = shades(0)
    x = np.array([*made["dark"], *made["light"]])
    y = np.repeat([[0], [1]], COUNT, axis=0)
    np.savez(place / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y, class_names=np.array(["dark", "light"]))
    return place / "data.npz"


@folder
def arrays_with_channels_first(place):
    made = shades(0)
    x = np.moveaxis(np.array([*made["dark"], *made["light"]]), -1, 1)
    np.savez_compressed(place / "data.npz", images=x, labels=np.repeat(["dark", "light"], COUNT))
    return place / "data.npz"


@folder
def idx(place):
    made = shades(0)
    x = np.array([*made["dark"], *made["light"]])[..., 0]
    y = np.repeat([0, 1], COUNT).astype(np.uint8)
    for part in ("train", "t10k"):
        (place / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">HBBIII", 0, 8, 3, *x.shape) + x.tobytes())
        (place / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, len(y)) + y.tobytes())
