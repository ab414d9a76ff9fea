"""The libraries starlette and uvicorn, which only a server needs."""

from __future__ import annotations

from glassnet_names.extras import needs_extra


def check_libraries() -> None:
    """Raise `MissingExtraError` if starlette or uvicorn is not installed."""
    with needs_extra("glassnet serve needs the packages starlette and uvicorn", "serve"):
        import starlette
        import uvicorn
    _ = starlette, uvicorn
