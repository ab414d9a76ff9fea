"""Predictions of many samples: threads share them, and each sample is looked at just before it is used."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import serial_for
from glassnet.data.arrays import Columns, row_blocks
from glassnet.data.preparation import input_rules
from glassnet.errors import DataError, OptionError, ShapeError
from glassnet.training.evaluation import ROWS_AT_ONCE
from glassnet.types import Array, Shape
from glassnet_inputs.finite import are_finite, check_finite

# With this number of multiplications, other threads are worth waking.
_SHARED = 5_000_000


def predict(network: Any, inputs: Any, columns: Columns, out: Array | None) -> Array:
    """Return the outputs of a network for some samples.

    Parameters
    ----------
    network, inputs
        What is used, and samples, ``(batch, *input_shape)``; both they and `out` may be in files.
    columns
        The names of the columns, or None.
    out
        Where to put the outputs; by default a new array.

    Raises
    ------
    DataError, ShapeError, OptionError
        When the network cannot take the samples, or `out` cannot hold the outputs.

    Warns
    -----
    GlassnetWarning
        If outputs are not finite since the network is not.
    """
    expected = input_rules().expected(network.input_shape, network.dtype, network.inputs)
    expected.check_form(inputs, "x", columns)
    expected.check_scale(inputs, "x")
    if out is not None or columns is not None:  # nothing is written if something is wrong, and columns are named
        check_finite(inputs, "x", columns)
    shape = (len(inputs), *network.output_shape)
    if out is not None:
        check_out(out, shape)
    outputs = np.empty(shape, network.dtype) if out is None else out
    if not _fill(network, inputs, outputs):
        gn.plugin_hooks().glassnet_nonfinite_outputs(network=network)
    return outputs


def _fill(network: Any, inputs: Any, outputs: Any) -> bool:
    """Fill `outputs` with the network's outputs for `inputs`; both may be in files. Return whether all are finite.

    Each thread converts samples by a converter of its own, since a converter has a buffer.

    Raises
    ------
    DataError
        When there is NaN or infinity in `inputs`; some of `outputs` may be filled by then.
    """
    sequence = network.prepared_sequence
    if len(inputs) <= ROWS_AT_ONCE:  # one block needs no threads, and asking for them takes as long as a layer
        samples = inputs if type(inputs) is np.ndarray else np.asarray(inputs[: len(inputs)])
        is_ready = samples.dtype == network.dtype  # then a converter, which takes as long as a layer, does nothing
        convert = np.asarray if is_ready else input_rules().caster(network, network.inputs)
        return _fill_block(network, sequence, inputs, samples, outputs, convert)

    def fill(read: Array, start: int, block: int, worker: int) -> None:
        first = block * ROWS_AT_ONCE
        samples = read[first : first + ROWS_AT_ONCE]
        filled = outputs[start + first : start + first + len(samples)]
        if not _fill_block(network, sequence, inputs, samples, filled, converters[worker]):
            bad_blocks.append(block)

    bad_blocks: list[int] = []
    converters = [input_rules().caster(network, network.inputs) for _ in range(gn.executor().num_workers(len(inputs)))]
    for_each = gn.executor().parallel_for if len(network.flat_parameters) * len(inputs) >= _SHARED else serial_for
    for block in row_blocks(inputs, ROWS_AT_ONCE):
        read = np.asarray(inputs[block])
        for_each(math.ceil(len(read) / ROWS_AT_ONCE), partial(fill, read, block.start))
    return not bad_blocks


def _fill_block(
    network: Any, sequence: Any, inputs: Any, samples: Array, outputs: Any, convert: Callable[[Array], Array]
) -> bool:
    """Fill `outputs` with the outputs for `samples`, some of `inputs`; return whether they are finite."""
    if not are_finite(samples):  # looked at just before they are used, they are read from memory once
        check_finite(inputs, "x")
    with network.workspace(training=False) as ctx:
        y, _ = sequence.forward(network.parameter_views, convert(samples), ctx)
        outputs[...] = y
        return are_finite(y)


def check_out(out: Any, shape: Shape) -> None:
    """Check an array that outputs are to be written into.

    Raises
    ------
    OptionError, DataError, ShapeError
        If it is not an array of floating-point numbers that can be written, or has another shape.
    """
    if not (hasattr(out, "shape") and hasattr(out, "dtype")):
        raise OptionError(f"out is a {type(out).__name__}; give an array: np.empty({shape}, np.float32)")
    if tuple(out.shape) != shape:
        raise ShapeError(f"out has shape {out.shape}; give an array of shape {shape}, that of the outputs")
    if np.dtype(out.dtype).kind != "f":
        raise DataError(f"out has element type {out.dtype}, which does not hold the outputs; give float32 or float64")
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise DataError("out cannot be written; give a copy, or map its file with mode 'r+'")
