"""What the state of a run in a checkpoint has to hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet_persistence.file_schema import Schema, all_numbers, entry, structured

# A run that diverged may hold NaN here, which no option takes.
_FIGURES = ("total_loss", "total_weight", "batch_loss", "lr_scale")


class _Counts(Schema):
    """How far the network's random streams were used when the run began."""

    epochs: int = entry(ge=0)
    steps: int = entry(ge=0)


class _ComputedWith(Schema):
    """What the run was computed with."""

    threads: int | None = entry(None, ge=1)
    accelerators: tuple[str, ...] = entry()
    mode: str | None = entry(None)
    numpy: str | None = entry(None)
    blas: tuple[str, ...] | None = entry(None)
    instructions: tuple[str, ...] | None = entry(None)


class _State(Schema):
    """The state of a run. Where there is a default, checkpoints of 0.1.0 do not have the value."""

    training: dict[str, Any] = entry()
    contents: dict[str, str | None] | None = entry(None)
    epochs: int | None = entry(None, ge=1)
    began: dict[str, Any] | None = entry(None)
    computed_with: dict[str, Any] = entry()
    data: dict[str, Any] = entry()
    inputs: dict[str, Any] | None = entry(None)
    epoch: int = entry(ge=0)
    step: int = entry(ge=0)
    batch_in_epoch: int = entry(ge=0)
    logs: dict[str, float] = entry()
    reported: dict[str, float] | None = entry(None)
    history: tuple[dict[str, float], ...] = entry()
    changes: tuple[dict[str, Any], ...] = entry(())
    parameters: np.ndarray = entry()
    layers: dict[str, Any] = entry()
    slots: dict[str, np.ndarray] = entry()
    scalars: dict[str, np.ndarray] = entry()
    metrics: dict[str, dict[str, Any]] = entry()
    memories: dict[str, dict[str, Any]] = entry()


def check_state(state: dict[str, Any], place: str, advice: str) -> None:
    """Check the state of a run that was read from a file.

    Raises
    ------
    ModelFileError
        If a value is missing, of another type, or out of bounds.
    """
    checked = structured(_State, state, place, ModelFileError, advice)
    structured(_ComputedWith, checked.computed_with, f"{place}, computed_with,", ModelFileError, advice)
    if checked.began is not None:
        structured(_Counts, checked.began, f"{place}, began,", ModelFileError, advice)
    figures = {name: state.get(name) for name in _FIGURES}
    if not all_numbers(list(figures.values())):
        raise ModelFileError(f"{place} is damaged: {figures!r} are not all numbers; {advice}")
    # Checkpoints of 0.1.0 have neither of the two.
    if "contents" in state and (checked.contents is None or checked.epochs is None):
        raise ModelFileError(f"{place} is damaged: it does not hold both epochs and contents; {advice}")
    if len(checked.history) != checked.epoch or checked.step < checked.epoch + (checked.batch_in_epoch > 0):
        raise ModelFileError(
            f"{place} is damaged: its epoch {checked.epoch}, step {checked.step} and batch {checked.batch_in_epoch} do "
            f"not go with a history of {len(checked.history)} epochs; {advice}"
        )
