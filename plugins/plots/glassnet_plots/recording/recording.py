"""A recording: the layers, steps and predictions of a training at some moments, and its parameters at fewer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

import glassnet as gn
from glassnet_autodiff.tree import named_leaves
from glassnet_doctor.vitals import rms
from glassnet_persistence.file_schema import Schema, entry, structured
from glassnet_persistence.tensor_file import FORMAT, decode, encode
from glassnet_plots.recording.thinned import Thinned

if TYPE_CHECKING:
    from glassnet_doctor.vitals import LayerVitals

_KEY = "glassnet_recording"
_ADVICE = "train the run again with --record, or remove the file and give --repeat"


class _Described(Schema):
    """What the file of a recording says beside its arrays."""

    places: tuple[str, ...] = entry()
    layers: tuple[str, ...] = entry()
    activations: tuple[bool, ...] = entry()
    parameters: tuple[str, ...] = entry()
    held_out: bool = entry()
    steps_per_epoch: int | None = entry(None, ge=1)
    strides: tuple[int, ...] = entry(ge=1)
    most: tuple[int, ...] = entry(ge=1)


LAYER_FIGURES = ("output_mean", "output_std", "dead", "saturated", "gradient_rms")
PARAMETER_FIGURES = ("rms", "update_rms")


@attrs.frozen(eq=False)
class Moment:
    """A training after one of its steps.

    Attributes
    ----------
    loss
        On the sample, without penalties.
    layers
        ``(layers, figures)``, see `LAYER_FIGURES`.
    parameters
        ``(parameters, figures)``, see `PARAMETER_FIGURES`: the rms of the values before the last step, and that of
        their change in the step. The change is NaN if the step was not seen; then the values are those after it.
    predictions
        Of the sample, ``(samples, *output_shape)``.
    """

    loss: float
    layers: gn.Array
    parameters: gn.Array
    predictions: gn.Array


@attrs.frozen(eq=False)
class Snapshot:
    """Parameters, as one vector, and the layers' state by name."""

    parameters: gn.Array
    state: dict[str, gn.Array]

    def put_into(self, network: gn.Network) -> None:
        """Give a network these parameters and this state.

        Raises
        ------
        ModelFileError
            If they are those of another network.
        """
        leaves = named_leaves(network.state)
        mine = {name: array.shape for name, array in leaves.items()}
        theirs = {name: array.shape for name, array in self.state.items()}
        if (self.parameters.shape, theirs) != (network.flat_parameters.shape, mine):
            raise gn.ModelFileError("the recording is of another network than the model beside it; train the run again")
        network.flat_parameters[:] = self.parameters
        for name, array in leaves.items():
            array[...] = self.state[name]


@attrs.define(eq=False)
class Recording:
    """What was recorded of one training.

    Attributes
    ----------
    places, layers
        Where each layer stands, such as ``"2.0"``, and its spec.
    activations
        Whether each layer is an activation.
    parameters
        The name of each parameter.
    targets
        The targets of the predicted sample as the loss takes them, ``(samples, …)``.
    held_out
        Whether the predicted sample is of the validation data.
    steps_per_epoch
        None if it is not known.
    moments, snapshots
        By step; there are fewer snapshots if the network is large.
    """

    places: list[str]
    layers: list[str]
    activations: list[bool]
    parameters: list[str]
    targets: gn.Array
    held_out: bool
    steps_per_epoch: int | None
    moments: Thinned[Moment]
    snapshots: Thinned[Snapshot]

    @property
    def steps(self) -> gn.Array:
        """The number of steps before each moment."""
        return np.array(self.moments.steps, np.int64)

    def of_layers(self, figure: str) -> gn.Array:
        """Return one figure of each layer at each moment, ``(moments, layers)``."""
        return np.array([each.layers[:, LAYER_FIGURES.index(figure)] for each in self.moments.values])

    def of_parameters(self, figure: str) -> gn.Array:
        """Return one figure of each parameter at each moment, ``(moments, parameters)``."""
        return np.array([each.parameters[:, PARAMETER_FIGURES.index(figure)] for each in self.moments.values])

    def network_at(self, place: int, network: gn.Network) -> gn.Network:
        """Return a copy of the network as it was at a snapshot."""
        then = network.copy()
        self.snapshots.values[place].put_into(then)
        return then

    def as_bytes(self) -> bytes:
        """Return the contents of a file."""
        moments, snapshots = self.moments, self.snapshots
        arrays: dict[str, gn.Array] = {
            "targets": self.targets,
            "moments.steps": np.array(moments.steps, np.int64),
            "snapshots.steps": np.array(snapshots.steps, np.int64),
        }
        for field in attrs.fields(Moment):
            arrays[f"moments.{field.name}"] = np.array([getattr(each, field.name) for each in moments.values])
        arrays["snapshots.parameters"] = np.array([each.parameters for each in snapshots.values])
        for name in snapshots.values[0].state if snapshots.values else ():
            arrays[f"snapshots.state.{name}"] = np.array([each.state[name] for each in snapshots.values])
        described = {
            "format": FORMAT,
            **{name: getattr(self, name) for name in ("places", "layers", "activations", "parameters")},
            "held_out": self.held_out,
            "steps_per_epoch": self.steps_per_epoch,
            "strides": [moments.stride, snapshots.stride],
            "most": [moments.most, snapshots.most],
        }
        return encode(arrays, _KEY, json.dumps(described))

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Read a file.

        Raises
        ------
        FileError, ModelFileError
            If it cannot be read, or is damaged.
        """
        described, arrays = decode(path, _KEY, "recording", _ADVICE)
        if described is None:
            raise gn.ModelFileError(f"{path} is not a recording; {_ADVICE}")
        checked = structured(_Described, described, str(path), gn.ModelFileError, _ADVICE)
        try:
            return cls._of(checked, arrays)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise gn.ModelFileError(f"{path} is damaged ({type(error).__name__}: {error}); {_ADVICE}") from None

    @classmethod
    def _of(cls, described: _Described, arrays: dict[str, gn.Array]) -> Recording:
        strides, most = described.strides, described.most
        by_layer = (len(described.places), len(described.layers), len(described.activations))
        shapes = {each: arrays[f"moments.{each}"].shape[1:] for each in ("layers", "parameters")}
        expected = {
            "layers": (by_layer[0], len(LAYER_FIGURES)),
            "parameters": (len(described.parameters), len(PARAMETER_FIGURES)),
        }
        if set(by_layer) != {by_layer[0]} or shapes != expected:
            raise ValueError("its lists of layers and parameters do not go with its arrays")
        moments = zip(*(arrays[f"moments.{field.name}"] for field in attrs.fields(Moment)), strict=True)
        prefix = "snapshots.state."
        states = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        snapshots = [
            Snapshot(vector, {name: array[place] for name, array in states.items()})
            for place, vector in enumerate(arrays["snapshots.parameters"])
        ]
        return cls(
            places=list(described.places),
            layers=list(described.layers),
            activations=list(described.activations),
            parameters=list(described.parameters),
            held_out=described.held_out,
            steps_per_epoch=described.steps_per_epoch,
            targets=arrays["targets"],
            moments=Thinned(most[0], strides[0], arrays["moments.steps"], [Moment(*each) for each in moments]),
            snapshots=Thinned(most[1], strides[1], arrays["snapshots.steps"], snapshots),
        )


def moment(
    loss: float, layers: list[LayerVitals], network: gn.Network, update: gn.Array | None, predictions: gn.Array
) -> Moment:
    """Return a moment of what a network did on the sample, and of the last update of its parameters."""
    by_layer = [[getattr(each, name) for name in LAYER_FIGURES] for each in layers]
    vector = network.flat_parameters if update is None else network.flat_parameters - update
    by_parameter = [
        (rms(slice_.view(vector)), np.nan if update is None else rms(slice_.view(update)))
        for slice_ in network.layout.slices
    ]
    return Moment(
        float(loss),
        np.array(by_layer, np.float64).reshape(-1, len(LAYER_FIGURES)),
        np.array(by_parameter, np.float64).reshape(-1, len(PARAMETER_FIGURES)),
        predictions,
    )
