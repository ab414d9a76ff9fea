"""A sample by which a program tells how far it is from glassnet."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_standalone.program import Program

_STEP, _FLOATS, _BYTES = 37, 101, 256


def sample_in_c(program: Program, kind: str) -> str:
    """Return the number of the sample at place `i`, in C."""
    if kind == "int":
        return f"i * {_STEP} % {_smallest_vocabulary(program)}"
    if kind == "unsigned char":
        return f"(unsigned char)(i * {_STEP} % {_BYTES})"
    return f"(float)(i * {_STEP} % {_FLOATS}) / {_FLOATS}"


def expected_outputs(program: Program) -> gn.Array:
    """Return the outputs of the network for the sample."""
    network = program.network
    places = np.arange(program.input.size) * _STEP
    if network.integer_input:
        x: gn.Array = places % _smallest_vocabulary(program)
    elif network.inputs is not None and network.inputs.dtype == "uint8" and network.inputs.pixels:
        x = (places % _BYTES).astype(np.uint8)
    else:
        x = (places % _FLOATS).astype(np.float32) / np.float32(_FLOATS)
    outputs: gn.Array = network.predict(x.reshape(1, *program.input.shape)).astype(np.float32)
    return outputs.ravel()


def _smallest_vocabulary(program: Program) -> int:
    return min(int(call.sizes[1]) for call in program.calls if call.kernel == "embedding")
