"""Answers to simultaneous requests: those that wait are answered in one turn of one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, ParamSpec, TypeVar

import glassnet as gn
from glassnet_commands.saved_run import Saved
from glassnet_persistence.json_text import json_text
from glassnet_serving.batches import outputs_for
from glassnet_serving.limits import Limits, RefusedError
from glassnet_serving.question import Question, question_in

P = ParamSpec("P")
R = TypeVar("R")

_AT_ONCE = 64


class Content(NamedTuple):
    """The body of a request, and its content type."""

    media_type: str
    body: bytes


class Predictor:
    """Answers requests with a network.

    While one turn is computed, further requests wait, and the next turn takes them all. By default the samples of each
    request are computed by themselves: in larger batches, products are summed in another order, and the last bits of
    the answers depend on who else asks.

    Parameters
    ----------
    saved, limits
        The network, and what a request may cost.
    """

    def __init__(self, saved: Saved, limits: Limits) -> None:
        self._saved = saved
        self._limits = limits
        self._waiting: list[tuple[Content, asyncio.Future[str]]] = []
        self._turns: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predictor")

    async def answer(self, content: Content) -> str:
        """Return the answer to a request as JSON.

        Raises
        ------
        RefusedError
            If it cannot be answered, or not in time.
        """
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((content, answered))
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns())
        try:
            async with asyncio.timeout(self._limits.timeout):
                return await answered
        except TimeoutError:
            raise RefusedError(
                503, f"the answer was not computed within {self._limits.timeout:g} seconds; send fewer rows at once"
            ) from None

    async def _take_turns(self) -> None:
        while self._waiting:
            turn = [pair for pair in self._waiting[:_AT_ONCE] if not pair[1].done()]  # who gave up is not answered
            del self._waiting[:_AT_ONCE]
            contents = [content for content, _ in turn]
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, self._answers, contents)
            for (_, answered), answer in zip(turn, answers, strict=True):
                if answered.done():
                    continue
                if isinstance(answer, str):
                    answered.set_result(answer)
                else:
                    answered.set_exception(answer)

    def _answers(self, contents: Sequence[Content]) -> list[str | Exception]:
        """Return the answers of one turn, or the errors, in order."""
        read = [_attempted(question_in, *content, self._saved, self._limits) for content in contents]
        asked = [each.samples for each in read if isinstance(each, Question)]
        outputs = iter(outputs_for(self._saved.network, asked, self._limits.batch_rows))
        return [_answered(each, next(outputs)) if isinstance(each, Question) else each for each in read]


def _answered(question: Question, outputs: gn.Array | gn.GlassnetError) -> str | Exception:
    if isinstance(outputs, gn.GlassnetError):
        return _refusal(outputs)
    return _attempted(lambda: json_text(question.answer(outputs)))


def _attempted(function: Callable[P, R], *values: P.args, **named: P.kwargs) -> R | Exception:
    """Return the result of a function, or its error: it ends one request and no other."""
    try:
        return function(*values, **named)
    except gn.GlassnetError as error:
        return _refusal(error)
    except Exception as error:
        return error


def _refusal(error: gn.GlassnetError) -> RefusedError:
    return RefusedError(413 if isinstance(error, gn.OutOfMemoryError) else 422, str(error))
