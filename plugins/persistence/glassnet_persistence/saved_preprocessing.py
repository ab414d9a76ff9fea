"""What a network does to rows, such as those of a data frame, in a model file: plain values, and arrays by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glassnet.errors import ModelFileError
from glassnet.network import Network
from glassnet.registry.plugins import plugin_hooks
from glassnet.types import Array
from glassnet_persistence.file_schema import Schema, entry, structured

# What the names of the arrays begin with, beside those of parameters and state.
PREFIX = "preprocessing."


class _Preprocessing(Schema):
    """What a model file says about what its network does to rows, beside its arrays."""

    name: str = entry()
    described: dict[str, Any] = entry()


def described_preprocessing(network: Network) -> dict[str, Any]:
    """Return what a model file says of it; nothing for a network that takes samples as they are."""
    made = network.preprocessing
    return {} if made is None else {"preprocessing": {"name": made.name, "described": made.described()}}


def preprocessing_arrays(network: Network) -> dict[str, Array]:
    """Return its arrays under their names in the file."""
    arrays = {} if network.preprocessing is None else network.preprocessing.arrays()
    return {f"{PREFIX}{name}": array for name, array in arrays.items()}


def restored_preprocessing(content: Any, arrays: dict[str, Array], path: Path, advice: str) -> Any:
    """Return what the network of a file does to rows; None if it takes samples as they are.

    Raises
    ------
    ModelFileError
        If it is damaged, or needs a plugin that is not installed.
    """
    if content is None:
        return None
    what = structured(_Preprocessing, content, f"{path}, preprocessing,", ModelFileError, advice)
    own = {name.removeprefix(PREFIX): array for name, array in arrays.items()}
    made = plugin_hooks().glassnet_preprocessing(name=what.name, described=what.described, arrays=own)
    if made is None:
        raise ModelFileError(
            f"{path} needs the plugin that gives the preprocessing {what.name!r}; install it, or switch it on"
        )
    return made
