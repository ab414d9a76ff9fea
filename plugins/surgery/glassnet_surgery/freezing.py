"""``net.freeze(…)``, ``net.thaw(…)`` and ``net.scale_lr(…)``: how training changes each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import glassnet as gn
from glassnet.components.services import explained, one_at_a_time
from glassnet_surgery.places import Place, place_of, with_changed


@explained
def freeze(network: gn.Network, *names: str) -> gn.Network:
    """Let training leave layers or parameters as they are. The network changes, and its weights stay.

    A frozen batch normalization uses its running values, as in Keras. `save` writes which layers are frozen.

    Parameters
    ----------
    network
        The network, which is built.
    names
        Layers such as ``"0"`` or ``"2.0"``, and parameters such as ``"1.weights"``; without any, all layers.

    Returns
    -------
    Network
        This network.

    Raises
    ------
    UnknownNameError
        If the network has no parameters of this name.
    InUseError
        If the network is being trained.

    Examples
    --------
    >>> net = gn.Network("dense(3) tanh dense(1)").build(2)
    >>> net.freeze("0", "2.bias")
    Network(['dense(3, trainable=False)', 'tanh', "dense(1, freeze=['bias'])"])
    """
    for place in _places(network, names):
        layer = place.layer
        kept = layer.freeze if place.parameter is None else tuple(dict.fromkeys([*layer.freeze, place.parameter]))
        is_trained = layer.trainable and place.parameter is not None
        _exchange(network, layer, layer.replace(trainable=is_trained, freeze=kept if is_trained else ()))
    return network


@explained
def thaw(network: gn.Network, *names: str) -> gn.Network:
    """Let training change layers or parameters again; parameters and errors are those of `freeze`.

    Without names it thaws all layers, and all that was frozen in them.

    Raises
    ------
    OptionError
        If a layer that holds the named one is frozen.
    """
    for place in _places(network, names or _layers_with_parameters(network)):
        for holder in place.holders[:-1]:
            if not holder.trainable:
                raise gn.OptionError(f"{place.name!r} is within the frozen layer {holder!r}; thaw that one first")
        layer = place.layer
        if place.parameter is None:
            frozen: tuple[str, ...] = ()
        else:
            before = layer.freeze if layer.trainable else place.parameters
            frozen = tuple(name for name in before if name != place.parameter)
        _exchange(network, layer, layer.replace(trainable=True, freeze=frozen))
    return network


@explained
def scale_lr(network: gn.Network, factors: Mapping[str, float]) -> gn.Network:
    """Set what the step size is multiplied with in each layer. The network changes, and its weights stay.

    Parameters
    ----------
    network
        The network, which is built.
    factors
        A factor above 0 by the name of a layer: ``{"0": 0.1, "2": 1.0}``. Layers that are left out keep theirs. The
        factor of a layer within another is multiplied with that of the outer one.

    Returns
    -------
    Network
        This network.

    Raises
    ------
    UnknownNameError
        If the network has no layer with parameters of this name.
    OptionError
        If a factor is not above 0, or the name is that of a parameter, or there are no names.
    """
    if not isinstance(factors, Mapping):
        raise gn.OptionError(f"factors are {factors!r}; give one by the name of each layer, such as {{'0': 0.1}}")
    for name in factors:
        if (place := place_of(network, name)).parameter is not None:
            raise gn.OptionError(f"step sizes belong to layers and {name!r} is a parameter of {place.layer!r}")
    for name, factor in factors.items():
        layer = place_of(network, name).layer
        _exchange(network, layer, layer.replace(lr_scale=float(factor)))
    return network


def _layers_with_parameters(network: gn.Network) -> tuple[str, ...]:
    """Return the names of all layers that have parameters, the outer ones first."""
    parts = [name.split(".") for name in network.parameters]
    found = {".".join(each[:end]): end for each in parts for end in range(1, len(each))}
    return tuple(sorted(found, key=lambda name: found[name]))


def _places(network: gn.Network, names: tuple[str, ...]) -> Iterator[Place]:
    """Yield each place when it is its turn: the ones before have changed the layers."""
    wanted = names or tuple(dict.fromkeys(name.partition(".")[0] for name in network.parameters))
    for name in wanted:
        place_of(network, name)  # an unknown name changes nothing
    for name in wanted:
        yield place_of(network, name)


@one_at_a_time
def _exchange(network: gn.Network, before: gn.Layer, after: gn.Layer) -> None:
    """Exchange a layer for one that describes the same arrays, which stay where they are."""
    layers = with_changed(network.layers, {id(before): after})
    vars(network).update(layers=layers, sequence=gn.LayerSequence(layers))
    # The contexts know which layers are trained.
    vars(network).update(layout=network.layout_for(network.input_shape), _idle=[])
