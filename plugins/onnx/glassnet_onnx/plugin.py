"""The plugin: it specifies the hook by which other plugins say how their layers are written in ONNX."""

from __future__ import annotations

from typing import Any

import glassnet as gn


@gn.hookimpl
def glassnet_hookspecs() -> Any:
    """Return the hook `glassnet_onnx`."""
    from glassnet_onnx.hooks import ExportHooks

    return ExportHooks
