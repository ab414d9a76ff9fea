"""The libraries starlette and uvicorn, which only a server needs."""

from __future__ import annotations

from glassnet.errors import MissingExtraError


def check_libraries() -> None:
    """Raise `MissingExtraError` if starlette or uvicorn is not installed."""
    try:
        import starlette
        import uvicorn
    except ImportError:
        raise MissingExtraError(
            'glassnet serve needs the packages starlette and uvicorn; run: pip install "glassnet[serve]"'
        ) from None
    _ = starlette, uvicorn
