"""``net.copy_weights(…)``: parameters and state from another network, from arrays, or from PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

import glassnet as gn
from glassnet.components.services import explained
from glassnet.errors import UnknownNameError
from glassnet_autodiff.tree import named_leaves
from glassnet_surgery.torch_layouts import is_state_dict, of_state_dict


@attrs.frozen
class Copied:
    """What was copied into a network.

    Attributes
    ----------
    copied
        The name in the source, by the name in the network.
    missing
        Arrays of the network that nothing was copied into.
    unused
        Arrays of the source that were copied nowhere.
    """

    copied: dict[str, str]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def __repr__(self) -> str:
        left = "".join(
            f", {what}: {', '.join(names)}"
            for what, names in (("missing", self.missing), ("unused", self.unused))
            if names
        )
        return f"<{len(self.copied)} arrays copied{left}>"


@explained
def copy_weights(network: gn.Network, source: Any, *, by: str = "name", strict: bool = True) -> Copied:
    """Copy parameters and state into this network; its layers stay as they are.

    Parameters
    ----------
    network
        The network, which is built.
    source
        Another network; arrays by their names here, as ``{"0.weights": …}``; or the ``state_dict()`` of a PyTorch
        module, whose layers are taken in their order, and turned into our layout. Known are Linear, Conv2d,
        Embedding, BatchNorm, LayerNorm, PReLU, LSTM, GRU and MultiheadAttention.
    by
        ``"name"`` takes the array of the same name. ``"shape"`` takes the next array of the same shape, in
        order; the next one of the same kind, such as ``bias``, if there is one.
    strict
        Whether each array of this network has to be found, in its shape. If not, those that fit are copied.

    Returns
    -------
    Copied
        What was copied, and what was not.

    Raises
    ------
    ShapeError
        If an array has another shape, or PyTorch's layers are not those of this network.
    UnknownNameError
        If an array is missing. Then nothing is copied.
    OptionError
        If `by` or `source` is something else.

    Examples
    --------
    >>> trained = gn.Network("dense(3) tanh dense(10)").build(2)
    >>> net = gn.Network("dense(3) tanh dense(2)").build(2)
    >>> net.copy_weights(trained, strict=False)
    <2 arrays copied, missing: 2.weights, 2.bias, unused: 2.weights, 2.bias>
    """
    mine = _arrays(network)
    theirs = _given(network, source, strict)
    if by not in ("name", "shape"):
        raise gn.OptionError(f"by is 'name' or 'shape', got {by!r}")
    matches = {name: name for name in mine if name in theirs} if by == "name" else _by_shape(mine, theirs)
    fitting = {name: other for name, other in matches.items() if theirs[other].shape == mine[name].shape}
    if strict:
        _check_complete(mine, theirs, matches)
    elif not fitting:
        raise gn.ShapeError("no array of the source fits one of this network; compare their shapes: net.summary()")
    copies = {name: np.array(theirs[other], mine[name].dtype) for name, other in fitting.items()}
    for name, copied in copies.items():
        mine[name][...] = copied
    used = set(fitting.values())
    missing = tuple(name for name in mine if name not in fitting)
    return Copied(fitting, missing, tuple(name for name in theirs if name not in used))


def _arrays(network: gn.Network) -> dict[str, gn.Array]:
    """Return parameters and state by name, live."""
    return {**network.parameters, **named_leaves(network.state)}


def _given(network: gn.Network, source: Any, strict: bool) -> dict[str, gn.Array]:
    if isinstance(source, gn.Network):
        return _arrays(source)
    if not isinstance(source, Mapping):
        raise gn.OptionError(
            f"weights are copied from a network, a mapping of arrays or a state_dict, got {type(source).__name__}; "
            "write module.state_dict() for a PyTorch module, and gn.load(path) for a file"
        )
    if is_state_dict(source):
        return of_state_dict(network, source, strict=strict)
    return {str(name): np.asarray(array) for name, array in source.items()}


def _by_shape(mine: Mapping[str, gn.Array], theirs: Mapping[str, gn.Array]) -> dict[str, str]:
    """Return for each array the next one of its shape, rather one of its kind: a bias is not for a scale."""
    left = dict(theirs)
    matches = {}
    for name, array in mine.items():
        fitting = [other for other, one in left.items() if one.shape == array.shape]
        if fitting:
            matches[name] = next((other for other in fitting if _kind(other) == _kind(name)), fitting[0])
            del left[matches[name]]
    return matches


def _kind(name: str) -> str:
    """Return what an array is in its layer: ``"bias"`` of ``"3.bias"``."""
    return name.rpartition(".")[2]


def _check_complete(mine: Mapping[str, gn.Array], theirs: Mapping[str, gn.Array], matches: Mapping[str, str]) -> None:
    for name, array in mine.items():
        if name not in matches:
            listed = ", ".join(f"{other} {one.shape}" for other, one in theirs.items()) or "nothing"
            raise UnknownNameError(
                f"the source has nothing for {name} {array.shape} (it has {listed}); "
                "pass strict=False to copy the others"
            )
        if theirs[matches[name]].shape != array.shape:
            raise gn.ShapeError(
                f"{name} has shape {array.shape}, and the source has {theirs[matches[name]].shape}; "
                "pass strict=False to copy the others"
            )
