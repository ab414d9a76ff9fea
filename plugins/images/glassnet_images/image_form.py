"""The form that all images of a network have: size, colours, and what is done with other sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from PIL.Image import Image

FITS = ("stretch", "crop", "pad")
_MODES = {1: "L", 3: "RGB"}
_WHITE = (255, 255, 255, 255)
_MOST_OF_16_BITS = 65535


@attrs.frozen
class ImageForm:
    """Brings images to one size and to grey or colour.

    Attributes
    ----------
    height, width
        The size in pixels.
    channels
        1 for grey, which is 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601); 3 for red, green and blue.
    fit
        What is done if an image has other proportions: ``"stretch"`` distorts it, ``"crop"`` takes its middle, and
        ``"pad"`` puts black bars beside it.
    """

    height: int
    width: int
    channels: int
    fit: str = "stretch"

    @property
    def shape(self) -> gn.Shape:
        """The shape of one sample."""
        return self.height, self.width, self.channels

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
            if self.fit == "crop":
                plain = ImageOps.fit(plain, size, bilinear)
            elif self.fit == "pad":
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
