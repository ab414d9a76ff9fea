"""The file ``fault.safetensors``: all that it takes to repeat the step in which a training diverged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from glassnet.errors import ModelFileError
from glassnet.model.model import Model
from glassnet.types import Array
from glassnet_autodiff.tree import named_leaves
from glassnet_files.files import atomic_write
from glassnet_persistence.tensor_file import FORMAT, decode, encode

_KEY, _ADVICE = "glassnet-fault", "train again to write it anew"


@attrs.define(eq=False)
class FaultyStep:
    """One step.

    Attributes
    ----------
    parameters, state
        Of the network before the step: one vector, and the state's arrays by full name.
    x, y, weights
        The batch; weights are those of the samples, or None.
    samples
        The numbers of the batch's samples among the training data; None if they are not known.
    step, seed
        Where the random numbers of the layers come from.
    diverged
        What the error of the training says.
    """

    parameters: Array
    state: dict[str, Array]
    x: Array
    y: Array
    weights: Array | None
    samples: Array | None
    step: int
    seed: int
    diverged: dict[str, Any]

    def put_into(self, network: Model) -> None:
        """Put parameters and state into a network."""
        network.flat_parameters[:] = self.parameters
        for name, array in named_leaves(network.state).items():
            array[...] = self.state[name]

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        arrays = dict(self._arrays())
        described = {"format": FORMAT, "step": self.step, "seed": self.seed, "diverged": self.diverged}
        atomic_write(path, encode(arrays, _KEY, json.dumps(described)))

    def _arrays(self) -> Iterator[tuple[str, Array]]:
        yield from {"parameters": self.parameters, "x": self.x, "y": self.y}.items()
        yield from ((f"state/{name}", array) for name, array in self.state.items())
        for name, array in {"weights": self.weights, "samples": self.samples}.items():
            if array is not None:
                yield name, array

    @classmethod
    def load(cls, path: Path) -> FaultyStep:
        """Read the file.

        Raises
        ------
        FileError, ModelFileError
            If it cannot be read, or is damaged.
        """
        described, arrays = decode(path, _KEY, "fault", _ADVICE)
        if described is None:
            raise ModelFileError(f"{path} is not the fault of a run; give the folder of a run that diverged")
        state = {name.removeprefix("state/"): array for name, array in arrays.items() if name.startswith("state/")}
        try:
            return cls(
                arrays["parameters"],
                state,
                arrays["x"],
                arrays["y"],
                arrays.get("weights"),
                arrays.get("samples"),
                int(described["step"]),
                int(described["seed"]),
                dict(described["diverged"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelFileError(f"{path} is damaged ({error}); {_ADVICE}") from None


def state_of(network: Model) -> dict[str, Array]:
    """Return copies of a network's state by full name."""
    return {name: np.array(array) for name, array in named_leaves(network.state).items()}
