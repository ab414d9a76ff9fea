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
from glassnet.data.inputs import Inputs
from glassnet.data.validation import are_finite
from glassnet.errors import GlassnetError, ModelFileError, NonFiniteError, UnknownNameError
from glassnet.network import Network
from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry
from glassnet.run.config import EvaluationConfig
from glassnet.types import Array, Shape
from glassnet_autodiff.tree import named_leaves
from glassnet_divergence.finite import first_not_finite
from glassnet_files.files import atomic_write, check_ending
from glassnet_persistence.file_schema import Schema, entry, structured
from glassnet_persistence.paths import check_written_inside
from glassnet_persistence.plain_options import as_plain
from glassnet_persistence.provenance import check_loadable, distributions_of, named_source
from glassnet_persistence.tensor_file import FORMAT, decode, encode
from glassnet_sharing.shared_layers import rejoined, shared_layers

_KEY = "glassnet"
_PARAMETERS = "parameters."
_PREPROCESSING = "preprocessing."
_ADVICE = "take another copy, or train again"


class _Counts(Schema):
    """How far the random streams of a network are used."""

    epochs: int = entry(0, ge=0)
    steps: int = entry(0, ge=0)


class _Inputs(Schema):
    """What a model file says about the inputs of its network."""

    dtype: str = entry()
    pixels: bool | None = entry(None)
    columns: tuple[str, ...] | None = entry(None)


class _Preprocessing(Schema):
    """What a model file says about what its network does to rows, beside its arrays."""

    name: str = entry()
    described: dict[str, Any] = entry()


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
    check_loadable(network.layers, network.evaluation_config)
    described = {
        "format": FORMAT,
        "layers": [repr(layer) for layer in network.layers],
        "shared": [list(each.places) for each in shared_layers(network.layers)],
        "counts": attrs.asdict(network.counts),
        "input_shape": list(network.input_shape),
        "dtype": network.dtype.name,
        "measures": as_plain(network.evaluation_config) if network.evaluation_config is not None else None,
        "inputs": attrs.asdict(network.inputs) if network.inputs is not None else None,
        "preprocessing": _described_preprocessing(network),
        "components": {
            f"{component.kind} {component.title()}": named_source(type(component))
            for component in components_in((*network.layers, network.evaluation_config))
        },
        "distributions": distributions_of((*network.layers, network.evaluation_config)),
    }
    if described["preprocessing"] is None:  # the bytes of other models stay as they were
        del described["preprocessing"]
    return encode(_tensors(network) | _preprocessing_arrays(network), _KEY, json.dumps(described, sort_keys=True))


def _described_preprocessing(network: Network) -> dict[str, Any] | None:
    made = network.preprocessing
    return None if made is None else {"name": made.name, "described": made.described()}


def _preprocessing_arrays(network: Network) -> dict[str, Array]:
    arrays = {} if network.preprocessing is None else network.preprocessing.arrays()
    return {f"{_PREPROCESSING}{name}": array for name, array in arrays.items()}


def _tensors(network: Network) -> dict[str, Array]:
    """Return parameters and state, as live views, under their names in the file."""
    parameters = {f"{_PARAMETERS}{name}": array for name, array in network.parameters.items()}
    return parameters | {f"state.{name}": array for name, array in named_leaves(network.state).items()}


@explained
def load(path: str | os.PathLike[str]) -> Network:
    """Read a safetensors file; `glassnet_persistence.format.load` says what is returned and raised."""
    path = Path(path)
    described, read = _read(path)
    tensors = {name: array for name, array in read.items() if not name.startswith(_PREPROCESSING)}
    try:
        network = _rebuilt(described, tensors, path)
        network.preprocessing = _preprocessing_of(described, read, path)
    except UnknownNameError as error:
        raise _missing(path, described, error) from None
    except ModelFileError:
        raise
    except (GlassnetError, ArithmeticError, LookupError, TypeError, ValueError, MemoryError, RecursionError) as error:
        # A layer was never asked for the shapes that a damaged file may have.
        raise ModelFileError(f"{path} cannot be used ({str(error) or type(error).__name__}); {_ADVICE}") from None
    for name, array in _tensors(network).items():
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
    network = Network(rejoined(Network(described.layers).layers, described.shared))
    if tuple(each.places for each in shared_layers(network.layers)) != described.shared:
        raise ModelFileError(f"{path} is damaged: its layers cannot be shared as {described.shared!r}; {_ADVICE}")
    if described.measures is not None:
        network.evaluation_config = EvaluationConfig(**described.measures)
    check_written_inside((network.layers, network.evaluation_config), path.parent)
    shape, dtype = described.input_shape, np.dtype(described.dtype)
    # Before the parameters exist: a file of a few bytes may describe more than the memory holds.
    pieces = network.layout_for(shape).pieces
    parameters = {name: array for name, array in tensors.items() if name.startswith(_PARAMETERS)}
    expected = {f"{_PARAMETERS}{piece.name}": (piece.parameter.shape, dtype) for piece in pieces}
    _compare(expected, parameters, described, path)
    network.allocate(shape, dtype)
    expected = {name: (array.shape, array.dtype) for name, array in _tensors(network).items()}
    _compare(expected, tensors, described, path)
    if described.inputs is not None:  # files of 0.1.0 do not have it
        inputs = structured(_Inputs, described.inputs, f"{path}, inputs,", ModelFileError, _ADVICE)
        network.inputs = Inputs(**inputs.options)
    counts = structured(_Counts, described.counts or {}, f"{path}, counts,", ModelFileError, _ADVICE)
    network.counts.epochs, network.counts.steps = counts.epochs, counts.steps
    return network


def _preprocessing_of(described: _Described, tensors: dict[str, Array], path: Path) -> Any:
    """Return what the network of a file does to rows; None if it takes samples as they are."""
    if described.preprocessing is None:
        return None
    what = structured(_Preprocessing, described.preprocessing, f"{path}, preprocessing,", ModelFileError, _ADVICE)
    arrays = {
        name.removeprefix(_PREPROCESSING): array for name, array in tensors.items() if name.startswith(_PREPROCESSING)
    }
    made = plugin_hooks().glassnet_preprocessing(name=what.name, described=what.described, arrays=arrays)
    if made is None:
        raise ModelFileError(
            f"{path} needs the plugin that gives the preprocessing {what.name!r}; install it, or switch it on"
        )
    return made


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
