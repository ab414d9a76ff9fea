"""The body of a request, read up to a size and within a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from glassnet_serving.limits import Limits, RefusedError

_READ_ON = 4

if TYPE_CHECKING:
    from starlette.requests import Request


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body of a request.

    Raises
    ------
    RefusedError
        If it is too large, or does not arrive in time.
    """
    try:
        async with asyncio.timeout(limits.timeout):
            return await _collected(request, limits)
    except TimeoutError:
        raise RefusedError(
            408, f"the request did not arrive within {limits.timeout:g} seconds; send it faster, or in parts"
        ) from None


async def _collected(request: Request, limits: Limits) -> bytes:
    """Return the parts of a body as one; its announced length may be missing."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        # What is too large is read on for a while, and dropped: senders read the answer when all is sent.
        if size > limits.max_bytes * _READ_ON:
            break
        if size <= limits.max_bytes:
            parts.append(part)
    if size > limits.max_bytes:
        raise RefusedError(413, f"the request has more than {limits.max_bytes:,} bytes; send fewer rows at once")
    return b"".join(parts)
