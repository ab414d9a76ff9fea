"""Model files: one safetensors file with parameters, state, and what it takes to make the network again.

The same network gives the same bytes. Loading resolves names through the registry and runs nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from glassnet.components.component import components_in
from glassnet.components.services import explained
from glassnet.errors import GlassnetError, ModelFileError, NonFiniteError, UnknownNameError
from glassnet.network import Network
from glassnet.registry.registry import registry
from glassnet.run.config import EvaluationConfig
from glassnet.types import Array, Shape
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence.finite import first_not_finite
from glassnet_files.files import atomic_write, check_ending
from glassnet_inputs.finite import are_finite
from glassnet_persistence.file_schema import Schema, entry, structured
from glassnet_persistence.paths import check_written_inside
from glassnet_persistence.plain_options import as_plain
from glassnet_persistence.provenance import check_loadable, distributions_of, named_source
from glassnet_persistence.saved_inputs import as_saved, restored_inputs
from glassnet_persistence.saved_preprocessing import (
    PREFIX,
    described_preprocessing,
    preprocessing_arrays,
    restored_preprocessing,
)
from glassnet_persistence.tensor_file import FORMAT, decode, encode
from glassnet_sharing.shared_layers import rejoined, shared_layers

_KEY = "glassnet"
_PARAMETERS = "parameters."
_ADVICE = "take another copy, or train again"


class _Counts(Schema):
    """How far the random streams of a network are used."""

    epochs: int = entry(0, ge=0)
    steps: int = entry(0, ge=0)


class _Described(Schema):
    """What a model file says beside its arrays."""

    format: int = entry()
    layers: tuple[str, ...] = entry()
    shared: tuple[tuple[str, ...], ...] = entry(())
    counts: dict[str, Any] | None = entry(None)
    input_shape: tuple[int, ...] = entry(ge=1)
    dtype: str = entry(choices=("float32", "float64"))
    measures: dict[str, Any] | None = entry()
    inputs: dict[str, Any] | None = entry(None)
    preprocessing: dict[str, Any] | None = entry(None)
    components: dict[str, str] = entry()
    distributions: dict[str, str] = entry()


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write `network` to a file, whole or not at all.

    Raises
    ------
    NonFiniteError
        If the network is not finite, and the file holds a network that is.
    """
    file = check_ending(path, [".safetensors"], "models are written as safetensors")
    bad = first_not_finite(network)
    if bad is not None and _holds_finite(file):
        raise NonFiniteError(f"{bad}, and {file} holds a finite network; save to another path")
    atomic_write(file, to_bytes(network))


def _holds_finite(file: Path) -> bool:
    try:
        return file.exists() and first_not_finite(load(file)) is None
    except Exception:  # a file that cannot be loaded is not lost
        return False


def to_bytes(network: Network) -> bytes:
    """Return the contents of a model file.

    Raises
    ------
    ModelFileError
        If the file could not be loaded again, since a class is not registered.
    """
    arrays = tensors_of(network) | preprocessing_arrays(network)
    return encode(arrays, _KEY, json.dumps(describe(network), sort_keys=True))


def describe(network: Network) -> dict[str, Any]:
    """Return what a file says beside its arrays: plain values, from which `restore` makes the network again.

    Raises
    ------
    ModelFileError
        If the file could not be loaded again, since a class is not registered.
    """
    check_loadable(network.layers, network.evaluation_config)
    return {
        "format": FORMAT,
        "layers": [repr(layer) for layer in network.layers],
        "shared": [list(each.places) for each in shared_layers(network.layers)],
        "counts": attrs.asdict(network.counts),
        "input_shape": list(network.input_shape),
        "dtype": network.dtype.name,
        "measures": as_plain(network.evaluation_config) if network.evaluation_config is not None else None,
        "inputs": as_saved(network.inputs),
        "components": {
            f"{component.kind} {component.title()}": named_source(type(component))
            for component in components_in((*network.layers, network.evaluation_config))
        },
        "distributions": distributions_of((*network.layers, network.evaluation_config)),
        **described_preprocessing(network),
    }


def tensors_of(network: Network) -> dict[str, Array]:
    """Return parameters and state, as live views, under their names in the file."""
    parameters = {f"{_PARAMETERS}{name}": array for name, array in network.parameters.items()}
    return parameters | {f"state.{name}": array for name, array in named_leaves(network.state).items()}


@explained
def load(path: str | os.PathLike[str]) -> Network:
    """Read a safetensors file; `glassnet_persistence.format.load` says what is returned and raised."""
    path = Path(path)
    return _restored(*_read(path), path)


def restore(content: dict[str, Any], tensors: dict[str, Array], path: Path) -> Network:
    """Return the network that `describe` and `tensors_of` were asked about.

    Parameters
    ----------
    content, tensors
        What these two returned; with the tensors, those of `preprocessing_arrays`.
    path
        The file that held them, for messages.

    Raises
    ------
    ModelFileError
        If they are damaged, or need what is not installed.
    """
    return _restored(structured(_Described, content, str(path), ModelFileError, _ADVICE), tensors, path)


def unbuilt(content: dict[str, Any], path: Path) -> Network:
    """Return the layers that `describe` was asked about, without parameters.

    Raises
    ------
    ModelFileError
        If they are damaged, or need what is not installed.
    """
    described = structured(_Described, content, str(path), ModelFileError, _ADVICE)
    try:
        return _layers(described, path)
    except UnknownNameError as error:
        raise _missing(path, described, error) from None


def _restored(described: _Described, read: dict[str, Array], path: Path) -> Network:
    of_rows = {name: array for name, array in read.items() if name.startswith(PREFIX)}
    tensors = {name: array for name, array in read.items() if name not in of_rows}
    try:
        network = _rebuilt(described, tensors, path)
        network.preprocessing = restored_preprocessing(described.preprocessing, of_rows, path, _ADVICE)
    except UnknownNameError as error:
        raise _missing(path, described, error) from None
    except ModelFileError:
        raise
    except (GlassnetError, ArithmeticError, LookupError, TypeError, ValueError, MemoryError, RecursionError) as error:
        # A layer was never asked for the shapes that a damaged file may have.
        raise ModelFileError(f"{path} cannot be used ({str(error) or type(error).__name__}); {_ADVICE}") from None
    for name, array in tensors_of(network).items():
        array[...] = tensors[name]
    return network


def _read(path: Path) -> tuple[_Described, dict[str, Array]]:
    """Return the description and the tensors in a model file."""
    content, tensors = decode(path, _KEY, "model", _ADVICE)
    if content is None:
        raise ModelFileError(f"{path} is a safetensors file, but not one of glassnet's; write one with Network.save()")
    described = structured(_Described, content, str(path), ModelFileError, _ADVICE)
    if described.format == 1:  # without a digest, nothing else tells damage from a network that has diverged
        for name, array in tensors.items():
            if array.dtype.kind == "f" and not are_finite(array.reshape(-1)):
                raise ModelFileError(f"{path} holds NaN or infinity in {name}; {_ADVICE}")
    return described, tensors


def _rebuilt(described: _Described, tensors: dict[str, Array], path: Path) -> Network:
    """Return the network of a file, with arrays of the right shapes and arbitrary numbers."""
    network = _layers(described, path)
    if described.measures is not None:
        network.evaluation_config = EvaluationConfig(**described.measures)
    check_written_inside((network.layers, network.evaluation_config), path.parent)
    shape, dtype = described.input_shape, np.dtype(described.dtype)
    # Before the parameters exist: a file of a few bytes may describe more than the memory holds.
    slices = network.layout_for(shape).slices
    parameters = {name: array for name, array in tensors.items() if name.startswith(_PARAMETERS)}
    expected = {f"{_PARAMETERS}{slice_.name}": (slice_.parameter.shape, dtype) for slice_ in slices}
    _compare(expected, parameters, described, path)
    network.allocate(shape, dtype)
    expected = {name: (array.shape, array.dtype) for name, array in tensors_of(network).items()}
    _compare(expected, tensors, described, path)
    if described.inputs is not None:  # files of 0.1.0 do not have it
        network.inputs = restored_inputs(described.inputs, f"{path}, inputs,", _ADVICE)
    counts = structured(_Counts, described.counts or {}, f"{path}, counts,", ModelFileError, _ADVICE)
    network.counts.epochs, network.counts.steps = counts.epochs, counts.steps
    return network


def _layers(described: _Described, path: Path) -> Network:
    network = Network(rejoined(Network(described.layers).layers, described.shared))
    if tuple(each.places for each in shared_layers(network.layers)) != described.shared:
        raise ModelFileError(f"{path} is damaged: its layers cannot be shared as {described.shared!r}; {_ADVICE}")
    return network


def _compare(
    expected: dict[str, tuple[Shape, np.dtype[Any]]], tensors: dict[str, Array], described: _Described, path: Path
) -> None:
    """Raise `ModelFileError` if a file has other arrays than its layers."""
    if expected != {name: (array.shape, array.dtype) for name, array in tensors.items()}:
        raise ModelFileError(
            f"{path} does not hold the parameters that its layers have in this installation; "
            f"it was written with {_listed(described.distributions)}"
        )


def _missing(path: Path, described: _Described, error: UnknownNameError) -> ModelFileError:
    """Return the error that names the distribution to install."""
    absent = [
        f"{component} from {source}"
        for component, source in described.components.items()
        if " " in component and not registry.has(*component.split(" ", 1))
    ]
    needed = " and ".join(absent)
    return ModelFileError(f"{path} needs {needed}, which is not installed: {error}" if absent else f"{path}: {error}")


def _listed(distributions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in distributions.items())
