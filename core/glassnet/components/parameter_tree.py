"""The parameters that layers describe, nested by layer, and what options and the next activation say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from glassnet.components.activation import Activation
from glassnet.components.layer import Layer
from glassnet.components.parameter import Parameter, ParameterTree
from glassnet.errors import OptionError


class Held(dict[str, Any]):
    """The parameters or the state that a layer describes, with the layer itself."""

    def __init__(self, described: Mapping[str, Any], owner: Layer) -> None:
        super().__init__(described)
        self.owner = owner


def _alike(tree: ParameterTree, content: ParameterTree) -> ParameterTree:
    """Return `content` as what the layer of `tree` describes, if `tree` belongs to one."""
    return Held(content, tree.owner) if isinstance(tree, Held) else content


def as_trained(layer: Layer, tree: ParameterTree, frozen: Sequence[str]) -> ParameterTree:
    """Return `tree` with what the layer says of the training of all its parameters, and with some of them frozen."""
    if layer.trainable and layer.lr_scale == 1 and not frozen:
        return tree
    if unknown := [name for name in frozen if not isinstance(tree.get(name), Parameter)]:
        raise OptionError(f"{layer!r} has no parameter {unknown[0]!r} to freeze; it has {', '.join(tree) or 'none'}")
    trained = {
        name: as_trained(layer, branch, ())
        if not isinstance(branch, Parameter)
        else attrs.evolve(
            branch,
            trainable=branch.trainable and layer.trainable and name not in frozen,
            lr_scale=branch.lr_scale * layer.lr_scale,
        )
        for name, branch in tree.items()
    }
    return _alike(tree, trained)


def suited_to(activation: Activation | None, tree: ParameterTree) -> ParameterTree:
    """Return `tree` with what `activation` prefers for each parameter that names no initializer.

    Without a preference, or such a parameter, it is `tree` itself: an activation further out may yet choose.
    """
    preferred = activation.initializer if activation is not None else None
    suited: ParameterTree = {}
    for name, branch in tree.items():
        if not isinstance(branch, Parameter):
            suited[name] = suited_to(activation, branch)
        elif branch.initializer is None and preferred is not None:
            suited[name] = attrs.evolve(branch, initializer=preferred)
        else:
            suited[name] = branch
    return tree if all(suited[name] is tree[name] for name in tree) else _alike(tree, suited)
