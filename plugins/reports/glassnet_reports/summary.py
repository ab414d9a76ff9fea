"""A network as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
from rich.table import Table
from rich.text import Text

from glassnet.errors import ShapeError
from glassnet_sharing.shared_layers import shared_layers
from glassnet_terminal.printed import SafeConsole, print_fitted

if TYPE_CHECKING:
    from glassnet.network import Network
    from glassnet.types import Shape


@attrs.frozen
class Failure:
    """The layer that does not take what the one before it gives: its number, itself, and why."""

    index: int
    layer: str
    reason: str


def fitting_layers(network: Network, input_shape: Shape | int) -> tuple[Network, Failure | None]:
    """Return a network of the first layers that fit to samples of a shape, built, and the layer that does not fit."""
    count = len(network.layers)
    failure = None
    while True:
        fitting = type(network)(network.layers[:count])
        try:
            return fitting.build(input_shape), failure
        except ShapeError as error:
            if count == 1:  # nothing is left to show
                raise
            count -= 1
            failure = Failure(count, repr(network.layers[count]), str(error))


def print_summary(network: Network, failure: Failure | None = None) -> None:
    """Print what is done to rows, and layers, output shapes, parameters and initializers, to standard output."""
    console = SafeConsole()
    table = Table(title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("layer", overflow="fold")
    table.add_column("output", overflow="fold")
    table.add_column("parameters", justify="right")
    table.add_column("initializers", overflow="fold")
    table.add_row("", "input", shape_text(network.input_shape), "", "")
    for index, layer, shape, parameters, initializers in summary_rows(network):
        table.add_row(str(index), Text(layer), shape, f"{parameters:,}" if parameters else "", initializers)
    if failure is not None:
        table.add_row(str(failure.index), Text(failure.layer), Text("does not fit"), "", "")
    if network.preprocessing is not None:
        print_fitted(console, network.preprocessing.shown())
        console.print()
    print_fitted(console, table)
    size = network.flat_parameters.nbytes
    console.print(f"{network.layout.size:,} parameters, {size / 1024:,.1f} KiB as {network.dtype}", highlight=False)
    if failure is not None:
        console.print(Text(failure.reason), soft_wrap=True)


def summary_rows(network: Network) -> Iterator[tuple[int, str, str, int | str, str]]:
    """Yield index, layer, output shape, number of parameters and initializers of each layer."""
    first_places = {place: each.places[0] for each in shared_layers(network.layers) for place in each.places[1:]}
    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes[1:], strict=True)):
        slices = [slice_ for slice_ in network.layout.slices if slice_.name.startswith(f"{index}.")]
        yield (
            index,
            repr(layer),
            shape_text(shape),
            sum(slice_.parameter.size for slice_ in slices) if slices else "",
            f"those of layer {first_places[str(index)]}"
            if str(index) in first_places
            else "  ".join(f"{slice_.name.partition('.')[2]}: {slice_.initializer!r}" for slice_ in slices),
        )


def shape_text(shape: Shape) -> str:
    """Return the shape of one sample as text: ``28 x 28 x 1``."""
    return " x ".join(map(str, shape)) or "1"
