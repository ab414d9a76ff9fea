"""Model files: one safetensors file with parameters, state, and what it takes to make the network again.

The same network gives the same bytes. Loading resolves names through the registry and runs nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import attrs

from glassnet.arrays import Array
from glassnet.component import components_in
from glassnet.environment import check_loadable, distributions_of, named_source
from glassnet.errors import ModelFileError, NonFiniteError, OptionError, UnknownNameError
from glassnet.experiment import Measures, as_plain
from glassnet.explained import explained
from glassnet.files import check_ending, write_whole
from glassnet.finite import first_not_finite
from glassnet.inputs import Inputs
from glassnet.network import Network
from glassnet.registry import registry
from glassnet.sharing import rejoined, shared_layers
from glassnet.tensor_file import pack, unpack

FORMAT = 1
_KEY = "glassnet"


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
    write_whole(file, to_bytes(network))


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
    check_loadable(network.layers, network.measures)
    described = {
        "format": FORMAT,
        "layers": [repr(layer) for layer in network.layers],
        "shared": [list(each.places) for each in shared_layers(network.layers)],
        "counts": attrs.asdict(network.counts),
        "input_shape": list(network.input_shape),
        "dtype": network.dtype.name,
        "measures": as_plain(network.measures) if network.measures is not None else None,
        "inputs": attrs.asdict(network.inputs) if network.inputs is not None else None,
        "components": {
            f"{component.kind} {component.title()}": named_source(type(component))
            for component in components_in((*network.layers, network.measures))
        },
        "distributions": distributions_of((*network.layers, network.measures)),
    }
    return pack(_tensors(network), _KEY, json.dumps(described, sort_keys=True))


def _tensors(network: Network) -> dict[str, Array]:
    """Return parameters and state, as live views, under their names in the file."""
    parameters = {f"parameters.{name}": array for name, array in network.parameters.items()}
    return parameters | {f"state.{name}": array for name, array in flat(network.state).items()}


@explained
def load(path: str | os.PathLike[str]) -> Network:
    """Read a model file.

    Returns
    -------
    Network
        With the parameters and state that were saved, ready for `predict`, `evaluate` and `fit`.

    Raises
    ------
    FileError
        When the file cannot be read.
    ModelFileError
        When it is damaged, no model file, of a newer format, or needs a plugin that is not installed.
    """
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"gn.load takes the path of a model file (got {path!r})")
    path = Path(path)
    described, tensors = _read(path)
    try:
        network = Network(rejoined(Network(described["layers"]).layers, described.get("shared", [])))
        if described["measures"] is not None:
            network.measures = Measures(**described["measures"])
    except UnknownNameError as error:
        raise _missing(path, described, error) from None
    network.build(described["input_shape"], dtype=described["dtype"])
    if (inputs := described.get("inputs")) is not None:  # files of 0.1.0 do not have it
        network.inputs = Inputs(**inputs)
    for name, count in described.get("counts", {}).items():
        setattr(network.counts, name, count)
    expected = _tensors(network)
    if {name: array.shape for name, array in expected.items()} != {name: a.shape for name, a in tensors.items()}:
        raise ModelFileError(
            f"{path} does not hold the parameters that its layers have in this installation; "
            f"it was written with {_listed(described['distributions'])}"
        )
    for name, array in expected.items():
        array[...] = tensors[name]
    return network


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the tensors in a model file."""
    text, tensors = unpack(path, _KEY, "model", "take another copy, or train again")
    if text is None:
        raise ModelFileError(f"{path} is a safetensors file, but not one of glassnet's; write one with Network.save()")
    described: dict[str, Any] = json.loads(text)
    if described["format"] != FORMAT:
        found = f"{path} has format {described['format']}"
        raise ModelFileError(f"{found}, and this glassnet reads {FORMAT}; install the version that wrote it")
    return described, tensors


def _missing(path: Path, described: dict[str, Any], error: UnknownNameError) -> ModelFileError:
    """Return the error that names the distribution to install."""
    absent = [
        f"{component} from {source}"
        for component, source in described["components"].items()
        if not registry.has(*component.split(" ", 1))
    ]
    needed = " and ".join(absent)
    return ModelFileError(f"{path} needs {needed}, which is not installed: {error}" if absent else f"{path}: {error}")


def _listed(distributions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in distributions.items())


def flat(tree: dict[str, Any]) -> dict[str, Array]:
    """Return the arrays of a nested dictionary by full name: ``{"0": {"mean": a}}`` as ``{"0.mean": a}``.

    A branch that stands in several places is listed under the first.
    """
    arrays: dict[str, Array] = {}
    listed: set[int] = set()

    def put(branch: dict[str, Any], prefix: str) -> None:
        if id(branch) in listed:
            return
        listed.add(id(branch))
        for name, below in branch.items():
            if isinstance(below, dict):
                put(below, f"{prefix}{name}.")
            else:
                arrays[prefix + name] = below

    put(tree, "")
    return arrays
