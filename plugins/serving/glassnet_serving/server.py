"""A server of uvicorn that loses no request when it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import select
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn

import glassnet as gn
from glassnet_commands.termination import HANG_UP, can_be_caught
from glassnet_serving.app import Service, make_app
from glassnet_serving.guard import Guard
from glassnet_serving.protocol import TimedProtocol

# After SIGTERM: seconds in which connections are still accepted, and then most seconds for the requests on their way.
_ACCEPTING = 1.0
_ARRIVING = 3.0
# Seconds in which the last connections are taken up.
_SETTLING = 0.2
_TICK = 0.05


class Server(uvicorn.Server):
    """Ends in three steps.

    First it answers as before, and ends each connection with its answer: clients that send one request after the
    other come with new connections. Then it accepts no more, and answers what is on its way. Connections that are idle
    after both are closed. A second Ctrl-C skips all that.
    """

    def __init__(self, service: Service, hosts: tuple[str, ...]) -> None:
        self.service = service
        super().__init__(
            uvicorn.Config(
                Guard(make_app(service), service, hosts),
                http=TimedProtocol.within(service.limits.timeout),
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=math.ceil(service.limits.timeout),
                timeout_graceful_shutdown=math.ceil(service.limits.timeout),
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End after SIGHUP as after SIGTERM, unless it is ignored; uvicorn itself does not know it."""
        with super().capture_signals():
            before = None
            if HANG_UP is not None and can_be_caught(HANG_UP):
                before = signal.signal(HANG_UP, self.handle_exit)
            try:
                yield
            finally:
                if HANG_UP is not None and before is not None:
                    signal.signal(HANG_UP, before)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was sent, and end."""
        self.service.is_closing = True
        await self._wait(_ACCEPTING, lambda: False)
        await self._accept_the_last(sockets or [])
        for server in self.servers:
            server.close()
        await self._wait(_ARRIVING, lambda: not self.server_state.connections)
        await super().shutdown(sockets)

    async def _accept_the_last(self, listeners: list[socket.socket]) -> None:
        """Accept all clients that are connected: closing a listener would break off those that are not accepted yet."""
        for listener in listeners:
            listener.listen(0)  # others wait to be connected, and are refused in the end
        # asyncio, too, loses a connection that it has accepted and not yet taken up when the listener is closed.
        await self._wait(_SETTLING, lambda: False)
        while not self.force_exit and select.select(listeners, [], [], 0)[0]:
            await asyncio.sleep(_TICK)

    async def _wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        for _ in range(round(seconds / _TICK)):
            if not (self.force_exit or is_over()):
                await asyncio.sleep(_TICK)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    OptionError
        If the address is not one of this computer, or is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise gn.OptionError(
            f"cannot listen on {host}, port {port} ({reason}); choose another --host or --port"
        ) from None


def url_of(listener: socket.socket) -> str:
    """Return the address of a server for a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
