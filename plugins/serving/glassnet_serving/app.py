"""The addresses of a server, and what is answered there."""

from __future__ import annotations

import json
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from glassnet_commands.saved_run import Saved
from glassnet_serving.body import read_body
from glassnet_serving.limits import Limits, RefusedError
from glassnet_serving.page import page, policy
from glassnet_serving.predictor import Content, Predictor
from glassnet_terminal.standard_error import standard_error

Answer = Callable[[Request], Awaitable[Response]]


class Service:
    """What a server knows while it runs.

    Attributes
    ----------
    open, answered
        The number of requests for predictions that are open, and of those that were answered.
    is_closing
        Whether the server is about to end: it answers, and each connection ends with its answer.
    """

    def __init__(self, saved: Saved, limits: Limits, description: dict[str, Any]) -> None:
        self.limits = limits
        self.name = saved.path.resolve().name
        self.description = description
        self.predictor = Predictor(saved, limits)
        self.open = self.answered = 0
        self.is_closing = False
        self._page = page(description)

    async def predict(self, request: Request) -> Response:
        """Answer the rows, the table or the image in the body."""
        if self.open >= self.limits.max_requests:
            raise RefusedError(503, f"{self.open} requests are open, which is the limit; send this one again later")
        self.open += 1
        try:
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            content = Content(media_type, await read_body(request, self.limits))
            text = await self.predictor.answer(content)
        finally:
            self.open -= 1
        self.answered += 1
        return Response(text, media_type="application/json")

    async def health(self, request: Request) -> Response:
        """Say whether requests are welcome: 503 while the server is about to end."""
        status = "closing" if self.is_closing else "ok"
        known = {"status": status, "model": self.name, "open": self.open, "answered": self.answered}
        return JSONResponse(known, 503 if self.is_closing else 200)

    async def openapi(self, request: Request) -> Response:
        """Describe the server for programs."""
        return JSONResponse(self.description)

    async def index(self, request: Request) -> Response:
        """Describe the server for people."""
        return HTMLResponse(self._page, headers={"Content-Security-Policy": policy(self._page)})


def make_app(service: Service) -> Starlette:
    """Return the application of a server."""
    routes = [
        Route("/", service.index),
        Route("/openapi.json", service.openapi),
        Route("/health", service.health),
        Route("/predict", service.predict, methods=["POST"]),
    ]
    handlers = {RefusedError: _refused, HTTPException: _not_found, Exception: _failed}
    return Starlette(routes=routes, exception_handlers=handlers)


def problem(status: int, sentence: str) -> Response:
    """Return an answer that says in one sentence why there is none."""
    headers = {"Retry-After": "1"} if status == 503 else {}
    # A body that was not read to its end would be taken for the next request.
    headers |= {"Connection": "close"} if status in (408, 413, 503) else {}
    return Response(json.dumps({"error": sentence}), status, headers, "application/json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return problem(error.status, str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path[:100]
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "POST")
        return problem(405, f"{path} does not take {request.method}; use {allowed}")
    if error.status_code == 404:
        return problem(404, f"there is no {path} here; post rows to /predict, or look at /")
    return problem(error.status_code, str(error.detail))


async def _failed(request: Request, error: Exception) -> Response:
    traceback.print_exception(error, file=standard_error())
    return problem(500, f"the server failed ({type(error).__name__}); its standard error has the details")
