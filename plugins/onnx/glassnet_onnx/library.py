"""The library onnx, which is imported when a graph is written or read."""

from __future__ import annotations

from typing import Any

from glassnet_names.extras import needs_extra


def onnx_library() -> Any:
    """Import and return the package onnx.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    with needs_extra("ONNX files need the package onnx", "onnx"):
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    return onnx
