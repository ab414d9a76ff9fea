"""The transform pixels: images of any size and colours become samples of one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from PIL.Image import Image

RESIZES = ("stretch", "crop", "pad")
_MODES = {1: "L", 3: "RGB"}
_WHITE = (255, 255, 255, 255)
_MOST_OF_16_BITS = 65535


class Pixels(gn.Transform):
    """Brings images to one size and to grey or colour. They are read as 0..1 by a network: 255 becomes 1.

    Images of a camera are turned as their EXIF entry says, those of 16 bits get 8, and transparent pixels become white.
    Sizes are changed by Pillow's bilinear filter. An image of other proportions is distorted by ``resize="stretch"``;
    ``"crop"`` takes its middle, and ``"pad"`` puts black bars beside it.

    Source: Recommendation ITU-R BT.601-7, section 2.5.1, for grey.
    """

    takes = "images"
    formula = "grey = 0.299 red + 0.587 green + 0.114 blue"
    examples = ("pixels(28, 28, 1)", "pixels(64, 48, resize='crop')")

    height: int = gn.option(ge=1, help="height of all images")
    width: int = gn.option(ge=1, help="width of all images")
    channels: int = gn.option(3, choices=(1, 3), help="1 for grey, 3 for red, green and blue")
    resize: str = gn.option("stretch", choices=RESIZES, help="what is done with other proportions")

    @property
    def shape(self) -> gn.Shape:
        """The shape of one sample."""
        return self.height, self.width, self.channels

    def transform(self, values: Iterable[Image], state: Mapping[str, Any]) -> gn.Array:
        return np.stack([self.of(image) for image in values])

    def of(self, image: Image) -> gn.Array:
        """Return the pixels of an opened image, ``(height, width, channels)`` uint8.

        Raises
        ------
        DataError
            If the image has numbers of more than 16 bits.
        """
        from PIL import Image as Images, ImageOps

        # Of a JPEG that is far larger, the decoder can leave details out; twice the size is kept for the filter.
        image.draft(None, (2 * max(self.shape[:2]), 2 * max(self.shape[:2])))
        upright = ImageOps.exif_transpose(image)
        plain = _opaque(_of_eight_bits(upright)).convert(_MODES[self.channels])
        size, bilinear = (self.width, self.height), Images.Resampling.BILINEAR
        if plain.size != size:
            if self.resize == "crop":
                plain = ImageOps.fit(plain, size, bilinear)
            elif self.resize == "pad":
                plain = ImageOps.pad(plain, size, bilinear)
            else:
                plain = plain.resize(size, bilinear)
        return np.asarray(plain, np.uint8).reshape(self.shape)


def _of_eight_bits(image: Image) -> Image:
    """Return an image of 16 bits with 8: 65535 becomes 255."""
    from PIL import Image as Images

    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > _MOST_OF_16_BITS:
        raise gn.DataError("it has numbers of more than 16 bits; save it with 8 or 16 bits a channel")
    return Images.fromarray(np.rint(values / 257).astype(np.uint8))


def _opaque(image: Image) -> Image:
    """Return an image with transparent pixels on white, as paper and browsers show it."""
    from PIL import Image as Images

    if not image.has_transparency_data:
        return image
    over = image.convert("RGBA")
    return Images.alpha_composite(Images.new("RGBA", over.size, _WHITE), over)
