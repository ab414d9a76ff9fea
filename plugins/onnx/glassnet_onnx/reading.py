"""Files of ONNX as networks: those that glassnet wrote, and those of other frameworks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.errors import GlassnetError
from glassnet_onnx.export import KEY
from glassnet_onnx.foreign_graph import foreign_network
from glassnet_onnx.library import onnx_library
from glassnet_onnx.own_file import own_network
from glassnet_persistence.file_schema import read_json

_ADVICE = "take another copy, or export the network again"


def network_in(path: Path) -> gn.Network:
    """Return the network in a file.

    Raises
    ------
    FileError
        If it cannot be read.
    ModelFileError
        If it is damaged, or has nodes that glassnet has no layer for.
    """
    model = _read(path)
    texts = {each.key: each.value for each in model.metadata_props}
    try:
        if KEY in texts:
            return own_network(model, read_json(texts[KEY], str(path), gn.ModelFileError, _ADVICE), path)
        return foreign_network(model, path)
    except gn.ModelFileError:
        raise
    except (GlassnetError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, MemoryError) as error:
        raise gn.ModelFileError(f"{path} cannot be used ({str(error) or type(error).__name__}); {_ADVICE}") from None


def _read(path: Path) -> Any:
    """Return the model in a file. Arrays in other files are not read."""
    onnx = onnx_library()
    try:
        content = gn.read_whole(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(f"cannot read the model {path}: {reason}; check the path") from None
    try:
        model = onnx.load_model_from_string(content)
        if any(onnx.external_data_helper.uses_external_data(each) for each in model.graph.initializer):
            raise gn.ModelFileError(f"{path} keeps its arrays in other files; export it with external_data=False")
        onnx.checker.check_model(model)
    except gn.ModelFileError:
        raise
    except Exception as error:  # protobuf and the checker raise exceptions of their own
        raise gn.ModelFileError(f"{path} is damaged or no ONNX file ({str(error)[:200]}); {_ADVICE}") from None
    return model
