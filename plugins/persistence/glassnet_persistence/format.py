"""The base class of formats."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from glassnet.components.component import Component
from glassnet.components.services import explained
from glassnet.errors import FileError, OptionError
from glassnet.registry.registry import create, registry
from glassnet_files.files import check_ending
from glassnet_persistence.run_files import MODEL

# Files whose ending names no format are taken to be of this one.
DEFAULT = "safetensors"


class Format(Component):
    """Writes networks to files of one format, and reads them. Its name is the ending of these files.

    Attributes
    ----------
    readable
        Whether files of the format are read again; False for programs, which need not hold all of a network.
    """

    kind = "format"
    readable: ClassVar[bool] = True

    def save(self, network: Any, path: Path) -> None:
        """Write `network` to a file, whole or not at all."""
        raise NotImplementedError(f"{type(self).__name__} needs save()")

    def load(self, path: Path) -> Any:
        """Return the network in a file."""
        if self.readable:
            raise NotImplementedError(f"{type(self).__name__} needs load()")
        raise FileError(
            f"{path} is a program without glassnet, which is written and not read; "
            "load the model file that it was made of, such as model.safetensors"
        )


@explained
def save(network: Any, path: str | os.PathLike[str]) -> None:
    """Write a model file in the format that its ending names: the same bytes for the same network.

    Raises
    ------
    FileError
        When it cannot be written; what was there before is still there.
    NonFiniteError
        If the network is not finite, and there is a finite one in the file already.
    """
    file, writer = writer_for(path)
    writer.save(network, file)


def writer_for(path: str | os.PathLike[str]) -> tuple[Path, Format]:
    """Return a path and the format that its ending names.

    Raises
    ------
    FileError
        If the ending is that of no format; the message lists the formats.
    """
    others = [name for name in registry.names("format") if name != DEFAULT]
    written = " or ".join([", ".join([DEFAULT, *others[:-1]]), *others[-1:]])
    file = check_ending(path, [f".{name}" for name in (DEFAULT, *others)], f"models are written as {written}")
    return file, _format_of(file)


@explained
def load(path: str | os.PathLike[str]) -> Any:
    """Read a model file, in the format that its ending names.

    Returns
    -------
    Network
        With the parameters and state that were saved, ready for `predict`, `evaluate` and `fit`.

    Raises
    ------
    FileError
        When the file cannot be read.
    ModelFileError
        When it is damaged, not a model file, of a newer format, or needs a plugin that is not installed.
    """
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"gn.load takes the path of a model file (got {path!r})")
    if Path(path).is_dir():
        raise FileError(f"{path} is a folder; name the model file in it, such as {Path(path) / MODEL}")
    return _format_of(Path(path)).load(Path(path))


def _format_of(path: Path) -> Format:
    name = path.suffix[1:].lower()
    found: Format = create("format", name if name in registry.names("format") else DEFAULT)
    return found
