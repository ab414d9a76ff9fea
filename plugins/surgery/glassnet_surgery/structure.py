"""Networks of the layers of another one, with its weights: slices, a new head, layers put in between."""

from __future__ import annotations

from collections.abc import Sequence

import glassnet as gn
from glassnet.components.services import explained
from glassnet_surgery.origins import carried

Layers = str | gn.Layer | Sequence[str | gn.Layer]


@explained
def part(network: gn.Network, place: int | slice) -> gn.Network:
    """Return some layers as a network of its own, with copies of their weights: ``net[:-1]``, ``net[2]``.

    Parameters
    ----------
    network
        The network, which stays as it is.
    place
        A slice, or the index of one layer.

    Returns
    -------
    Network
        It reads what the first of its layers reads in `network`.

    Raises
    ------
    OptionError
        If there is no such layer.
    ShapeError
        If the layers do not fit each other, as in ``net[::2]``.
    """
    return carried(network, _chosen(network, place))


@explained
def replace(network: gn.Network, place: int | slice, layers: Layers, *, seed: int = 0) -> gn.Network:
    """Return a network with other layers in some places; the weights of all other layers are kept.

    Parameters
    ----------
    network
        The network, which stays as it is.
    place
        The index of a layer, or a slice: ``-1``, ``slice(2, 4)``.
    layers
        What comes there: names, specs or instances.
    seed
        The seed of the first values of the new layers.

    Raises
    ------
    OptionError
        If there is no such layer.
    ShapeError
        If a layer that is kept no longer fits its weights.

    Examples
    --------
    >>> net = gn.Network("dense(3) tanh dense(1)").build(2)
    >>> net.replace(1, "relu")
    Network(['dense(3)', 'relu', 'dense(1)'])
    """
    chosen = _chosen(network, place)
    if chosen and chosen != list(range(chosen[0], chosen[-1] + 1)):
        raise gn.OptionError(f"replace takes neighbouring layers, got {place}; replace them one after another")
    start = chosen[0] if chosen else place.indices(len(network.layers))[0]  # type: ignore[union-attr]
    every = list(range(len(network.layers)))
    return carried(network, [*every[:start], *_new(layers), *every[start + len(chosen) :]], seed=seed)


@explained
def replace_head(network: gn.Network, layers: Layers, *, seed: int = 0) -> gn.Network:
    """Return a network with another head: the last layer with parameters, and all layers behind it, are replaced.

    Parameters and errors are those of `replace`.

    Examples
    --------
    >>> net = gn.Network("dense(3) tanh dense(10) softmax").build(2)
    >>> net.replace_head("dense(1) sigmoid")
    Network(['dense(3)', 'tanh', 'dense(1)', 'sigmoid'])
    """
    with_parameters = list(network.sequence.parameters(network.input_shape))
    if not with_parameters:
        raise gn.OptionError("the network has no layer with parameters, so it has no head; write net.replace(-1, …)")
    return replace(network, slice(int(with_parameters[-1]), None), layers, seed=seed)


@explained
def insert(network: gn.Network, index: int, layers: Layers, *, seed: int = 0) -> gn.Network:
    """Return a network with further layers in front of the layer of an index; all weights are kept.

    Parameters and errors are those of `replace`. As in a list, an index of the number of layers is behind the last.

    Examples
    --------
    >>> gn.Network("dense(3) dense(1)").build(2).insert(1, "batch_norm relu")
    Network(['dense(3)', 'batch_norm', 'relu', 'dense(1)'])
    """
    if not -len(network.layers) <= index <= len(network.layers):
        raise gn.OptionError(f"the network has {len(network.layers)} layers, so there is no place {index}")
    return replace(network, slice(index, index), layers, seed=seed)


def _chosen(network: gn.Network, place: int | slice) -> list[int]:
    """Return the indices of the layers that are meant."""
    count = len(network.layers)
    if isinstance(place, slice):
        return list(range(count))[place]
    if isinstance(place, bool) or not hasattr(place, "__index__"):
        raise gn.OptionError(f"layers are chosen by an index or a slice, got {place!r}; write net[2] or net[:-1]")
    if not -count <= place < count:
        raise gn.OptionError(f"the network has {count} layers, so there is no layer {place}")
    return [range(count)[place]]


def _new(layers: Layers) -> list[gn.Layer]:
    return list(gn.Network([layers] if isinstance(layers, gn.Layer) else layers).layers)
