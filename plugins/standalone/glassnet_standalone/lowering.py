"""Networks as programs."""

from __future__ import annotations

import attrs

import glassnet as gn
from glassnet_standalone import image_rules, layer_rules, sequence_rules
from glassnet_standalone.program import Program
from glassnet_standalone.rules import Place, write_all

# Modules of rules: to import them is to register them.
RULES = (image_rules, layer_rules, sequence_rules)


def program_of(network: gn.Network, *, links: bool = False) -> Program:
    """Return a network as a program.

    Parameters
    ----------
    network
        A network that is built.
    links
        Whether a layer without a kernel is called by its own code.

    Raises
    ------
    NotBuiltError
        If the network has no parameters yet.
    NonFiniteError
        If the network has diverged.
    OptionError
        If a layer has no kernel.
    """
    bad = gn.first_not_finite(network)
    if bad is not None:
        raise gn.NonFiniteError(f"{bad}: a program is made of finite numbers alone; train the network again")
    program = Program(network, links=links)

    def place(index: int) -> Place:
        key = str(index)
        return Place(program, key, network.parameter_views.get(key, {}), network.state.get(key, {}))

    x = program.input
    sequence = network.sequence
    if sequence.reads_mask and not network.integer_input and len(x.shape) == 2:
        x = attrs.evolve(x, mask=sequence_rules.mask_of_steps(network.layers[0], place(0), x, 0.0))
    program.output = write_all(network.layers, place, x)
    return program


def scales_bytes(network: gn.Network) -> bool:
    """Return whether the network reads bytes as 0 to 1; without a training it does so for images."""
    return len(network.input_shape) >= 2 if network.inputs is None else bool(network.inputs.pixels)


def reads_pixels(network: gn.Network) -> bool:
    """Return whether the network takes bytes from 0 to 255 and reads them as 0 to 1."""
    inputs = network.inputs
    return inputs is not None and inputs.dtype == "uint8" and bool(inputs.pixels)
