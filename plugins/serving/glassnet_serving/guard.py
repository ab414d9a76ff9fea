"""What is checked of every request, and added to every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from glassnet_serving.app import Service


class Guard:
    """Refuses names of the server that are not its own, and adds headers to the answers.

    A page of another site can make a browser send requests to this computer under a name of its own, and read the
    answers (DNS rebinding). A server that listens on this computer alone therefore knows its names.

    Parameters
    ----------
    app, service
        The application, and what it knows.
    hosts
        The names under which the server is asked; empty for any.
    """

    def __init__(self, app: ASGIApp, service: Service, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._service = service
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
                if self._service.is_closing:
                    headers["Connection"] = "close"
            await send(message)

        if scope["type"] == "http" and self._hosts and _host_of(scope) not in self._hosts:
            from glassnet_serving.app import problem

            refused = problem(400, f"this server has the names {', '.join(self._hosts)}; use one of them")
            await refused(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)


def _host_of(scope: Scope) -> str:
    """Return the host that a request names, without its port."""
    host = Headers(scope=scope).get("host", "")
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0].lower()
