"""One process that continues what several began."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import glassnet as gn


class Distributed(gn.Callback):
    """Takes the place in a saved run of the callback of the same name, and has nothing to do after that."""

    @gn.run_hookimpl(trylast=True)
    def restore_state(self, run: gn.Run, state: dict[str, Any]) -> None:
        """Go on where the ranks were; what is saved from here on is the state of one process."""
        memory = run.state_of(self)
        run.batch_in_epoch = vars(memory).pop("batches_of_ranks", run.batch_in_epoch)
        if hasattr(memory, "numbers_of_ranks"):
            memory.numbers_of_ranks = numbers_of_ranks(memory, 1)

    def describe_run(self, run: gn.Run) -> dict[str, Any]:
        memory = run.state_of(self)
        return described(memory, 1) if hasattr(memory, "numbers_of_ranks") else {}


def numbers_of_ranks(memory: SimpleNamespace, size: int) -> list[int]:
    """Return the numbers of ranks that a run was trained on, one after another, of which the last is `size`."""
    before: list[int] = list(getattr(memory, "numbers_of_ranks", []))
    return before if before[-1:] == [size] else [*before, size]


def described(memory: SimpleNamespace, size: int) -> dict[str, Any]:
    """Return what ``environment.json`` says of the ranks: their number, or all numbers if it has changed."""
    numbers = numbers_of_ranks(memory, size)
    return {"ranks": numbers if len(numbers) > 1 else size}
