"""What one request may cost, and how many may wait."""

from __future__ import annotations

import attrs


@attrs.frozen
class Limits:
    """The limits of a server.

    Attributes
    ----------
    max_bytes
        The largest body of a request, in bytes.
    max_rows
        The largest number of samples in a request.
    max_requests
        The number of requests that may be open at the same time; the next one is told to come again.
    timeout
        Seconds for a request: to send it, and then to answer it.
    batch_rows
        The largest number of rows of several requests that are computed together.
    """

    max_bytes: int = 10_000_000
    max_rows: int = 10_000
    max_requests: int = 100
    timeout: float = 30.0
    batch_rows: int = 1


class RefusedError(Exception):
    """A request that is not answered, with the HTTP status and the sentence that says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
