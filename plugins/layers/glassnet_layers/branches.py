"""What a layer whose layers stand side by side says of them."""

from __future__ import annotations

from functools import cached_property

import glassnet as gn


class Branches(gn.Layer):
    """A layer each of whose layers reads its input; it is a base class, and no component."""

    layers: tuple[gn.Layer, ...] = gn.option(kind="layer", many=True, help="what reads the input")

    def __attrs_post_init__(self) -> None:
        if not self.layers:
            raise gn.OptionError(
                f"{self.title()}: layers must hold at least one layer (got []); "
                f"give it one, as in {self.title()}([dense(8)])"
            )

    @cached_property
    def branches(self) -> dict[str, gn.Layer]:
        """The layers by the names of their parameters."""
        return {str(index): layer.as_layer() for index, layer in enumerate(self.layers)}

    @property
    def integer_input(self) -> bool:
        return all(branch.integer_input for branch in self.branches.values())

    @property
    def batch_independent(self) -> bool:
        return all(branch.batch_independent for branch in self.branches.values())

    @property
    def reads_mask(self) -> bool:
        return any(branch.reads_mask for branch in self.branches.values())

    @property
    def output_type(self) -> str:
        each = {gn.outputs_of([layer])[0] for layer in self.layers}
        if len(self.layers) == 1:
            return each.pop()
        return "probabilities" if each <= {"probabilities", "distribution"} else "values"

    @property
    def output_range(self) -> tuple[float, float]:
        lows, highs = zip(*(gn.outputs_of([layer])[1] for layer in self.layers), strict=True)
        return min(lows), max(highs)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        # A sequence of one layer knows what a layer's own options say of the training of its parameters.
        described = {key: gn.LayerSequence([layer]).parameters(shape) for key, layer in self.branches.items()}
        return {key: tree["0"] for key, tree in described.items() if tree}

    def state(self, shape: gn.Shape) -> gn.Arrays:
        described = {key: gn.LayerSequence([layer]).state(shape) for key, layer in self.branches.items()}
        return {key: tree["0"] for key, tree in described.items() if tree}
