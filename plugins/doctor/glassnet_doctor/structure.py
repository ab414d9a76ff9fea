"""The structure of a network: its layers in the order of the computation, those within other layers too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from glassnet.components.layer import Layer, layers_held_by
from glassnet.types import Shape


@attrs.frozen
class Placed:
    """A layer and where it stands: ``"2"``, or ``"2.0"`` within layer 2."""

    place: str
    layer: Layer

    @property
    def name(self) -> str:
        """The name of the layer in the registry."""
        return self.layer.title()

    @property
    def text(self) -> str:
        """The layer in messages, with its place."""
        return f"{self.place} '{self.layer!r}'"


def leaves_of(layers: Sequence[Layer], within: str = "") -> Iterator[Placed]:
    """Yield all layers that hold no layers, in their order."""
    for placed in _placed(layers, within):
        held = held_by(placed.layer)
        if held:
            yield from leaves_of(held, f"{placed.place}.")
        else:
            yield placed


def chain_of(layers: Sequence[Layer], within: str = "") -> Iterator[Placed]:
    """Yield the layers that feed each other one by one: those within a ``sequential`` in its place."""
    for placed in _placed(layers, within):
        if placed.name == "sequential":
            yield from chain_of(held_by(placed.layer), f"{placed.place}.")
        else:
            yield placed


def held_by(layer: Layer) -> list[Layer]:
    """Return the layers that a layer holds, such as those of ``residual``."""
    held: list[Layer] = []
    for value in layers_held_by(layer).values():
        held += value if isinstance(value, tuple) else (value,)
    return held


def shapes_in(chain: Sequence[Placed], shape: Shape) -> Iterator[Shape]:
    """Yield the shape of a sample that each layer of a chain is given."""
    for placed in chain:
        yield shape
        shape = tuple(placed.layer.as_layer().output_shape(shape))


def _placed(layers: Sequence[Layer], within: str) -> Iterator[Placed]:
    for index, layer in enumerate(layers):
        yield Placed(f"{within}{index}", layer)
