"""The library onnx, which is imported when a graph is written or read."""

from __future__ import annotations

from typing import Any

from glassnet.errors import MissingExtraError


def onnx_library() -> Any:
    """Import and return the package onnx.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise MissingExtraError('ONNX files need the package onnx; run: pip install "glassnet[onnx]"') from None
    return onnx
