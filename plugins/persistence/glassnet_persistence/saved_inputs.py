"""What a model file and a checkpoint say about the inputs of their network."""

from __future__ import annotations

from typing import Any

from glassnet.errors import ModelFileError
from glassnet_inputs.inputs import Inputs
from glassnet_persistence.file_schema import Schema, entry, structured


class _Inputs(Schema):
    """The inputs of a network."""

    dtype: str = entry()
    pixels: bool | None = entry(None)
    columns: tuple[str, ...] | None = entry(None)


def restored_inputs(content: Any, place: str, advice: str) -> Inputs:
    """Return what was read about inputs.

    Parameters
    ----------
    content
        What `attrs.asdict` made of them.
    place, advice
        The file, and what to do if it is damaged, in the words of messages.

    Raises
    ------
    ModelFileError
        If a value is missing or of another type.
    """
    return Inputs(**structured(_Inputs, content, place, ModelFileError, advice).options)
