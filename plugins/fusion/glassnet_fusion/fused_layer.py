"""The replacement for a layer that computes with its input and parameters alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

import glassnet as gn
from glassnet_fusion.draws import Draw, Drawn, draws_of
from glassnet_fusion.entries import NotTracedError
from glassnet_fusion.formula import formula_of
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.named_arrays import NamedArrays
from glassnet_fusion.record import Symbol
from glassnet_fusion.replacement import Replacement

_CONSTANTS = (type(None), bool, int, float, str)
_ARRAY = {np.ndarray}
# A cache that holds another number at each step is not recorded for ever.
_MOST_FORMS = 64
# With this number of elements a new array is fresh memory of the system's, whose first use takes as long as computing.
_LONG = 30_000
# By the context of a layer: the number of its pass, and what numbers the results in it.
_results: WeakKeyDictionary[gn.Context, tuple[int, Iterator[int]]] = WeakKeyDictionary()


class FusedLayer(Replacement, gn.LayerWrapper):
    """Computes what another layer computes in few passes over the memory, to the same bytes."""

    replaces = "layer"

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        fused = fusion_of_layer(self.layer, ctx.training, ctx.trainable, ctx.needs_input_grad)
        found = fused.forward(params, x, ctx) if type(x) is np.ndarray else None
        return self.layer.forward(params, x, ctx) if found is None else found

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        fused = fusion_of_layer(self.layer, ctx.training, ctx.trainable, ctx.needs_input_grad)
        dx: gn.Array | None = fused.backward(params, cache, dy, grads, ctx)
        return self.layer.backward(params, cache, dy, grads, ctx) if dx is None else dx


class _Context:
    """What a layer may ask for while it is recorded."""

    def __init__(self, training: bool, trainable: bool, needs_input_grad: bool, **more: Any) -> None:
        vars(self).update(training=training, trainable=trainable, needs_input_grad=needs_input_grad, **more)

    def __getattr__(self, name: str) -> Any:
        raise NotTracedError(f"it uses ctx.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise NotTracedError(f"it assigns ctx.{name}")


class FusedLayerFunctions:
    """The fused forward and backward of a layer, in one kind of pass.

    Parameters
    ----------
    layer
        It is computed by NumPy where it is not fused.
    flags
        Whether the pass trains, trains this layer, and needs the gradient of the input.
    """

    def __init__(self, layer: gn.Layer, flags: tuple[bool, bool, bool]) -> None:
        self.formula: Any = formula_of(layer)
        self.flags = flags
        # By the names of parameters and state: the function, and by the shapes of arrays the form of its cache.
        self.forwards: dict[Any, tuple[FusedFunction, dict[Any, Any]]] = {}
        # By the names of parameters and the form of the cache.
        self.backwards: dict[Any, FusedFunction] = {}
        # By names and shapes of arrays.
        self.draws: dict[Any, tuple[Draw, ...]] = {}
        # Kinds of inputs, and of gradients of outputs, that NumPy computes as fast: to find that out at each step would
        # take longer than to compute.
        self.left: tuple[set[Any], set[Any]] = (set(), set())

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any] | None:
        """Return output and cache, with the state moved on; or None with nothing done, and nothing drawn."""
        arrays = [x, *params.values(), *ctx.state.values()]
        if (x.shape, x.dtype) in self.left[0] or not _are_plain(arrays):
            return None
        names = tuple(params), tuple(ctx.state)
        if names not in self.forwards:
            self.forwards[names] = self._forward_with(*names)
        function, caches = self.forwards[names]
        key = names, _kinds(arrays)
        if key not in self.draws:
            self.draws[key] = draws_of(function.formula, arrays)
        draws = self.draws[key]
        found = _with_draws(function, arrays, draws, ctx, _memory(ctx, "forward", x))
        if found is None:
            self._note_left(0, x, function, [*arrays, *[draw.blank for draw in draws]])
            return None
        return found[0], _filled(caches[key[1]], iter(found[1:]))

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        """Return the gradient of the input, or None with nothing done."""
        if (dy.shape, dy.dtype) in self.left[1]:
            return None
        leaves: list[Any] = []
        try:
            form = _emptied(cache, leaves, np.ndarray)
        except NotTracedError:
            return None
        arrays = [dy, *leaves, *params.values(), *grads.values()]
        names = tuple(params)
        if not _are_plain(arrays) or tuple(grads) != names:
            return None
        if (names, form) not in self.backwards:
            if len(self.backwards) >= _MOST_FORMS:
                return None
            self.backwards[names, form] = self._backward_with(names, form)
        function = self.backwards[names, form]
        dx: gn.Array | None = function.fused(*arrays, empty=_memory(ctx, "backward", dy))
        if dx is None:
            self._note_left(1, dy, function, arrays)
        return dx

    def _note_left(self, way: int, first: gn.Array, function: FusedFunction, arrays: list[gn.Array]) -> None:
        """Note that NumPy computes such arrays forward (0) or backward (1), if that is for good."""
        if function.leaves(*arrays):
            self.left[way].add((first.shape, first.dtype))

    def _forward_with(
        self, names: tuple[str, ...], state_names: tuple[str, ...]
    ) -> tuple[FusedFunction, dict[Any, Any]]:
        caches: dict[Any, Any] = {}

        def forward(x: Any, *arrays: Any) -> Any:
            of_params, of_state = len(names), len(names) + len(state_names)
            params = NamedArrays(zip(names, arrays[:of_params], strict=True))
            state = NamedArrays(zip(state_names, arrays[of_params:of_state], strict=True))
            context = _Context(*self.flags, state=state, rng=Drawn(arrays[of_state:]))
            y, cache = self.formula.forward(params, x, context)
            leaves: list[Any] = []
            caches[_kinds([x, *arrays[:of_state]])] = _emptied(cache, leaves, Symbol)
            return (y, *leaves)

        return FusedFunction(forward, forward), caches

    def _backward_with(self, names: tuple[str, ...], form: Any) -> FusedFunction:
        def backward(dy: Any, *arrays: Any) -> Any:
            ends = len(arrays) - 2 * len(names), len(arrays) - len(names)
            params, grads = arrays[ends[0] : ends[1]], arrays[ends[1] :]
            cache = _filled(form, iter(arrays[: ends[0]]))
            of_params, of_grads = (NamedArrays(zip(names, each, strict=True)) for each in (params, grads))
            return self.formula.backward(of_params, cache, dy, of_grads, _Context(*self.flags))

        return FusedFunction(backward, backward)


def _memory(ctx: gn.Context, way: str, first: gn.Array) -> Callable[..., gn.Array]:
    """Return what makes new arrays for a pass one way: of long ones, the buffers of the step before."""
    if first.size < _LONG:
        return np.empty
    if ctx not in _results or _results[ctx][0] != ctx.shared.number:
        _results[ctx] = ctx.shared.number, count()
    numbers = _results[ctx][1]  # a wrapper may run its layer again in a pass, and needs both results
    return lambda shape, dtype: ctx.buffer(f"fused {way} {next(numbers)}", shape, dtype)


def _with_draws(
    function: FusedFunction,
    arrays: list[gn.Array],
    draws: tuple[Draw, ...],
    ctx: gn.Context,
    empty: Callable[..., gn.Array],
) -> Any:
    """Return what a fused function computes of arrays and of what it draws; or None with nothing drawn."""
    if not draws:
        return function.fused(*arrays, empty=empty)
    compute = function.ready(*arrays, *[draw.blank for draw in draws])
    # What could still fail when the numbers are drawn.
    if compute is None or not all(each.flags.c_contiguous and each.flags.aligned for each in arrays):
        return None
    return compute(*arrays, *[draw.numbers(ctx.rng) for draw in draws], empty=empty)


def _are_plain(arrays: list[Any]) -> bool:
    """Tell whether all arrays are NumPy's own."""
    return set(map(type, arrays)) <= _ARRAY


class _Place:
    """Where an array was."""


def _emptied(tree: Any, leaves: list[Any], kind: type) -> Any:
    """Add the arrays of a cache to `leaves`, and return the cache without them."""
    if type(tree) is kind:
        leaves.append(tree)
        return _Place
    if isinstance(tree, tuple | list):
        return tuple(_emptied(each, leaves, kind) for each in tree)
    if isinstance(tree, _CONSTANTS):
        return tree
    raise NotTracedError(f"it keeps a {type(tree).__name__}")


def _filled(tree: Any, leaves: Any) -> Any:
    """Return a cache with arrays in their places."""
    if tree is _Place:
        return next(leaves)
    return tuple(_filled(each, leaves) for each in tree) if isinstance(tree, tuple) else tree


def _kinds(arrays: list[Any]) -> Any:
    return tuple([(array.shape, array.dtype) for array in arrays])


@lru_cache(maxsize=512)
def fusion_of_layer(layer: gn.Layer, *flags: bool) -> FusedLayerFunctions:
    """Return the fused functions of a layer."""
    # Components hold nothing from a run; what is compiled is found by the component.
    training, trainable, needs_input_grad = flags
    return FusedLayerFunctions(layer, (training, trainable, needs_input_grad))
