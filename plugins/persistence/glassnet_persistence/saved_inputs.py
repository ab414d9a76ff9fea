"""What a model file and a checkpoint say about the inputs of their network."""

from __future__ import annotations

from typing import Any

import attrs

from glassnet.errors import ModelFileError
from glassnet_inputs.inputs import Inputs
from glassnet_inputs.scale import Scale
from glassnet_persistence.file_schema import Schema, entry, structured


class _Scale(Schema):
    """How large the numbers of a training were."""

    lowest: float = entry()
    highest: float = entry()
    smallest: float = entry()
    negatives: bool | None = entry(None)


class _Inputs(Schema):
    """The inputs of a network."""

    dtype: str = entry()
    pixels: bool | None = entry(None)
    columns: tuple[str, ...] | None = entry(None)
    scale: dict[str, Any] | None = entry(None)


def as_saved(inputs: Inputs | None) -> dict[str, Any] | None:
    """Return inputs as plain values, of which `restored_inputs` makes them again."""
    return None if inputs is None else attrs.asdict(inputs, filter=lambda field, _: field.init)


def restored_inputs(content: Any, place: str, advice: str) -> Inputs:
    """Return what was read about inputs.

    Parameters
    ----------
    content
        What `as_saved` made of them.
    place, advice
        The file, and what to do if it is damaged, in the words of messages.

    Raises
    ------
    ModelFileError
        If a value is missing or of another type.
    """
    read = structured(_Inputs, content, place, ModelFileError, advice)
    scale = None
    if read.scale is not None:  # files of 0.1.0 do not have it
        scale = Scale(**structured(_Scale, read.scale, f"{place} scale,", ModelFileError, advice).options)
    return Inputs(**{**read.options, "scale": scale})
