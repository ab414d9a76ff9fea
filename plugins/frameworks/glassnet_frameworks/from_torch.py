"""``gn.from_torch(module)``: a module of PyTorch as a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet_frameworks.comparison import CLOSE
from glassnet_frameworks.extra import library


@explained
def from_torch(module: Any, input_shape: int | Sequence[int] | None = None) -> gn.Network:
    """Return a network that computes what a module of PyTorch does in evaluation mode.

    The module is a ``Sequential``, or one of your own whose ``forward`` calls modules and functions one after another.
    Known are Linear, Conv2d, pooling, BatchNorm, LayerNorm, Embedding, LSTM and GRU of one layer with
    ``batch_first=True``, MultiheadAttention of one input, activations, Dropout and Flatten. Network and module are
    compared on random samples, so that nothing is read wrongly in silence.

    Parameters
    ----------
    module
        The module; it stays as it is.
    input_shape
        The shape of a sample in glassnet: images are ``(height, width, channels)``, sequences ``(time, features)``,
        indices ``(time,)``. It may be left out if the first layer is a Linear for rows.

    Raises
    ------
    OptionError
        If something in the module has no counterpart; the message names it.
    MissingExtraError
        If PyTorch is not installed.

    Examples
    --------
    >>> import torch
    >>> gn.from_torch(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh()))
    Network(['dense(3)', 'tanh'])
    """
    torch = library("torch", "from_torch")
    from glassnet_frameworks.torch_readers import Reading

    if not isinstance(module, torch.nn.Module):
        raise gn.OptionError(f"from_torch takes a torch.nn.Module, got {type(module).__name__}; give the module itself")
    reading = Reading()
    specs = reading.layers_of(module, type(module).__name__)
    if input_shape is None:
        input_shape = _rows_of(module)
    tensors = [tensor for tensor in reading.tensors.values() if tensor.is_floating_point()]
    double = any(tensor.dtype == torch.float64 for tensor in tensors)
    network = gn.Network(specs).build(input_shape, dtype="float64" if double else "float32")
    try:
        if reading.tensors:
            network.copy_weights(reading.tensors)
    except gn.ShapeError as error:
        raise gn.ShapeError(
            f"the arrays of {type(module).__name__} do not fit samples of shape {network.input_shape} ({error}); "
            "give input_shape as glassnet has it, with channels last"
        ) from None
    _check_same(network, module)
    return network


def _rows_of(module: Any) -> int:
    """Return the number of inputs of a first Linear."""
    first = next((each for each in module.modules() if not list(each.children())), None)
    if type(first).__name__ != "Linear":
        raise gn.OptionError(
            f"from_torch cannot see the shape of a sample in {type(module).__name__}; give input_shape, as in "
            "input_shape=(28, 28, 1) for images of (height, width, channels)"
        )
    return int(first.in_features)  # type: ignore[union-attr]


def _check_same(network: gn.Network, module: Any) -> None:
    """Raise `OptionError` if a network does not compute what a module does."""
    torch = library("torch", "from_torch")
    rng = np.random.default_rng(0)
    shape = (3, *network.input_shape)
    if network.integer_input:
        smallest = min(each.num_embeddings for each in module.modules() if isinstance(each, torch.nn.Embedding))
        x = rng.integers(0, smallest, shape)
    else:
        x = rng.standard_normal(shape).astype(network.dtype)
    theirs = _outputs(module, x)
    ours = network.predict(x)
    if ours.ndim == 4:
        ours = np.moveaxis(ours, -1, 1)
    if ours.shape != theirs.shape or np.abs(ours - theirs).max() > CLOSE * max(1.0, float(np.abs(theirs).max())):
        raise gn.OptionError(
            f"the module {type(module).__name__} computes something else than the layers that were read, {network!r}; "
            "use modules that glassnet knows in a row, or import it by ONNX"
        )


def _outputs(module: Any, x: gn.Array) -> gn.Array:
    """Return the outputs of a module in evaluation mode for samples in glassnet's layout."""
    torch = library("torch", "from_torch")
    training = {each: each.training for each in module.modules()}
    place = next((each.device for each in module.parameters()), "cpu")
    given = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1) if x.ndim == 4 else x)).to(place)
    try:
        with torch.no_grad():
            outputs: gn.Array = module.eval()(given).cpu().numpy()
            return outputs
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        reason = str(error).splitlines()[0]
        raise gn.OptionError(
            f"the module {type(module).__name__} does not take samples of shape {tuple(given.shape)} ({reason}); "
            "give input_shape as glassnet has it, with channels last"
        ) from None
    finally:
        for each, was in training.items():
            each.training = was
