"""The plugin: how the images of a model file are read. Its modules are imported when there is something to read."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl(optionalhook=True)
def glassnet_preprocessing(name: str, described: dict[str, Any], arrays: dict[str, Any]) -> Any:
    """Make the preprocessing of images again."""
    if name != "images":
        return None
    from glassnet_images.preprocessing import made_again

    return made_again(described, arrays)
