"""Layers one after another: what a network is, and what a layer that holds layers is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from glassnet.components.activation import Activation
from glassnet.components.component import wrong_result
from glassnet.components.context import Context
from glassnet.components.layer import Arrays, Layer
from glassnet.components.parameter import Parameter, ParameterTree
from glassnet.errors import OptionError, ShapeError
from glassnet.model.mask import compute_mask, mask_of_input
from glassnet.types import Array, Shape

_NONE: Arrays = {}


class LayerSequence:
    """Layers and activations that feed each other, with the methods of a layer.

    Each layer's parameters, state and context are found under its index as text: ``"0"``, ``"1"``, …
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.members = tuple(layers)
        self.layers = tuple(member.as_layer() for member in layers)
        self._keyed = tuple((str(index), layer, layer.trainable) for index, layer in enumerate(self.layers))
        self.reads_mask = any(layer.reads_mask for layer in self.layers)
        # The shapes of inputs with which each layer was looked at, and the shapes of their outputs.
        self._known: dict[Shape, Shape] = {}
        self._refuse_distribution_twice()

    def _refuse_distribution_twice(self) -> None:
        """Raise `OptionError` for a softmax of a softmax: it trains badly and is never intended."""
        for index, (first, second) in enumerate(zip(self.members, self.members[1:], strict=False)):
            if first.output_type == second.output_type == "distribution":
                raise ShapeError(
                    f"layer {index + 1} '{second!r}' follows '{first!r}': both turn rows into distributions; "
                    "leave one of them out"
                )

    @property
    def batch_independent(self) -> bool:
        """Whether all layers do."""
        return all(layer.batch_independent for layer in self.layers)

    def shapes(self, shape: Shape) -> list[Shape]:
        """Return the shape of one sample before the first layer, between layers and after the last.

        Raises
        ------
        ShapeError
            When a layer does not take what the one before it gives.
        """
        shapes = [tuple(shape)]
        for index, (member, layer) in enumerate(zip(self.members, self.layers, strict=True)):
            try:
                shapes.append(tuple(layer.output_shape(shapes[-1])))
            except ShapeError as error:
                before = f"the layer before it is '{self.members[index - 1]!r}'" if index else "it is the first"
                raise ShapeError(f"layer {index} '{member!r}': {error}; {before}") from None
        return shapes

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample's output."""
        return self.shapes(shape)[-1]

    def parameters(self, shape: Shape) -> ParameterTree:
        """Return the layers' parameters by index; those that leave it open get an initializer that suits."""
        tree: ParameterTree = {}
        shapes = self.shapes(shape)
        behind: Activation | None = None  # the activation that shapes this layer's output
        for index in reversed(range(len(self.layers))):
            member = self.members[index]
            layer = self.layers[index]
            described = as_trained(layer, layer.parameters(shapes[index]), layer.freeze)
            suited = suited_to(behind, described)
            if described:
                tree[str(index)] = Held(suited, member)
            if isinstance(member, Activation):
                behind = member
            elif suited is not described:
                behind = None
        return dict(reversed(tree.items()))

    def state(self, shape: Shape) -> Arrays:
        """Return the first values of the layers' state by index."""
        states = [layer.state(s) for layer, s in zip(self.layers, self.shapes(shape), strict=False)]
        return {str(i): Held(state, self.members[i]) for i, state in enumerate(states) if state}

    def forward(self, params: Arrays, x: Array, ctx: Context) -> tuple[Array, list[Any]]:
        """Run all layers; the cache is the list of theirs. The mask in the context becomes that of the output.

        Raises
        ------
        ShapeError
            If a layer returns another shape than its `output_shape` says. Each layer is looked at in the first pass
            with samples of one shape, and after that their last output.
        """
        caches: list[Any] = []
        if ctx.reads_input:
            ctx.mask = self.mask_of_input(x)
        y, known = x, self._known.get(x.shape)
        ctx.shapes = shapes = None if known else [(len(x), *shape) for shape in self.shapes(x.shape[1:])]
        for _, layer, own, child in self._places(params, ctx)[1]:
            child.mask = ctx.mask
            y, cache = layer.forward(own, y, child)
            caches.append(cache)
            if shapes is not None and y.shape != shapes[len(caches)]:
                wanted = f"shape {shapes[len(caches)]} for an input of shape {shapes[len(caches) - 1]}"
                raise wrong_result(self.members[len(caches) - 1], "forward", y, f"{wanted}, as output_shape() says")
            if child.mask is not None or ctx.mask is not None:
                ctx.mask = compute_mask(layer, ctx.mask, child.mask, y)
        if y.shape != known and y.shape != self._known.setdefault(x.shape, y.shape):
            del self._known[x.shape]  # so that each layer is looked at
            return self.forward(params, x, ctx)
        return y, caches

    def mask_of_input(self, x: Array) -> Array | None:
        """Return the mask of a whole network's input; None if no layer asks for one, or the first reads indices."""
        return mask_of_input(x) if self.reads_mask and not self.layers[0].integer_input else None

    def backward(self, params: Arrays, caches: list[Any], dy: Array, grads: Arrays, ctx: Context) -> Array | None:
        """Run all layers' backward, last first, no further than a gradient is needed."""
        first_trained, places = self._places(params, ctx)
        for index in range(len(places) - 1, -1, -1):
            if index < first_trained and not ctx.needs_input_grad:
                return None
            key, layer, own, child = places[index]
            child.mask = ctx.mask
            child.needs_input_grad = ctx.needs_input_grad or index > first_trained
            gradient = layer.backward(own, caches[index], dy, grads.get(key, _NONE), child)
            if gradient is None and index <= first_trained:
                return None
            if gradient is None or (ctx.shapes is not None and gradient.shape != ctx.shapes[index]):
                its = f"its shape {ctx.shapes[index]}" if ctx.shapes else "its shape"
                raise wrong_result(self.members[index], "backward", gradient, f"the gradient by the input, of {its}")
            dy = gradient
        return dy

    def _places(self, params: Arrays, ctx: Context) -> tuple[int, list[tuple[str, Layer, Arrays, Context]]]:
        """Return the index of the first layer with parameters; and of each layer key, layer, parameters and context.

        They are kept in the context: in a small network, looking them up takes as long as computing.
        """
        if ctx.places is None or ctx.places[0] is not self._keyed or ctx.places[1] is not params:
            own = [(key, layer, params.get(key, _NONE), ctx.child(key, trained)) for key, layer, trained in self._keyed]
            first = next((index for index, place in enumerate(own) if place[2]), len(own))
            ctx.places = self._keyed, params, (first, own)
        return ctx.places[2]


class WholeBatch:
    """Run layers forward and backward on all samples of a batch at once."""

    def __init__(self, network: Any) -> None:
        self.network = network

    def forward(self, sequence: LayerSequence, x: Array, ctx: Context) -> tuple[Array, list[Any]]:
        """Return the output, and the caches of the parts: here of one."""
        output, cache = sequence.forward(self.network.parameter_views, x, ctx)
        return output, [cache]

    def backward(self, sequence: LayerSequence, caches: list[Any], dy: Array, ctx: Context) -> None:
        """Run every layer's backward, and fill the network's gradients."""
        self.network.backward(sequence, caches[0], dy, ctx)


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
