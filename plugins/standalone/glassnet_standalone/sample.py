"""A sample by which a program tells how far it is from glassnet."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_standalone.lowering import reads_pixels
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
    outputs: gn.Array = program.network.predict(sample_of(program)).astype(np.float32)
    return outputs.ravel()


def sample_of(program: Program) -> gn.Array:
    """Return the sample as a batch of one."""
    places = np.arange(program.input.size) * _STEP
    x: gn.Array
    if program.network.integer_input:
        x = places % _smallest_vocabulary(program)
    elif reads_pixels(program.network):
        x = (places % _BYTES).astype(np.uint8)
    else:
        x = (places % _FLOATS).astype(np.float32) / np.float32(_FLOATS)
    return x.reshape(1, *program.input.shape)


def _smallest_vocabulary(program: Program) -> int:
    # A layer of another package, which takes integers too, is given zeros.
    return min((int(call.sizes[1]) for call in program.calls if call.kernel == "embedding"), default=1)
