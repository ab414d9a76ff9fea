"""Concat: several layers read the same input, and their outputs stand side by side."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.branches import Branches
from glassnet_layers.merge_masks import merge_masks


class Concat(Branches):
    """Runs each of its layers on the same input, and joins their outputs along the last axis.

    A branch of several layers is a ``sequential([…])``, and one that passes its input on is ``linear``, as in
    ``concat([linear, dense(4), sequential([dense(8), relu])])``.

    Szegedy et al. (2015), Going Deeper with Convolutions, CVPR, arXiv:1409.4842; Huang, Liu, van der Maaten and
    Weinberger (2017), Densely Connected Convolutional Networks, CVPR, arXiv:1608.06993.

    Shapes
    ------
    input
        what all of its layers take
    output
        ``(batch, …, features)``: features are the sum of those of the layers, all other lengths are equal

    The layers' parameters are named by place: ``"2.0.weights"`` is what the first of them has, if the concat is
    layer 2 of the network.

    Raises
    ------
    ShapeError
        When one of the layers does not take the input, or their outputs differ in more than the last axis.
    """

    examples = ("concat([dense(2), linear])", "concat([dense(2), sequential([dense(3), tanh])])")
    formula = "y = (f_1(x), …, f_n(x)) side by side"
    gradient_formula = "dx = sum of f_i'(dy_i),  dy_i = the part of dy that belongs to layer i"

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        shapes = [self._shape_of(key, branch, shape) for key, branch in self.branches.items()]
        if len({each[:-1] for each in shapes}) > 1 or () in shapes:
            listed = ", ".join(map(str, shapes))
            raise gn.ShapeError(
                f"its layers give {listed}, and can be joined where all lengths but the last are equal; "
                "change the layers, for example by padding='same' or flatten"
            )
        return (*shapes[0][:-1], sum(each[-1] for each in shapes))

    def _shape_of(self, key: str, branch: gn.Layer, shape: gn.Shape) -> gn.Shape:
        try:
            return branch.output_shape(shape)
        except gn.ShapeError as error:
            raise gn.ShapeError(f"branch {key} '{self.layers[int(key)]!r}': {error}") from None

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        outputs, caches, masks = [], [], []
        for key, branch in self.branches.items():
            child = ctx.child(key, trainable=branch.trainable)
            y, cache = branch.forward(params.get(key, {}), x, child)
            outputs.append(y)
            caches.append(cache)
            masks.append(gn.compute_mask(branch, ctx.mask, child.mask, y))
        ctx.mask = merge_masks(masks)
        ends = list(itertools.accumulate(y.shape[-1] for y in outputs))
        return np.concatenate(outputs, axis=-1), (caches, ends, x.shape)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        caches, ends, shape = cache
        total: gn.Array | None = None
        for (key, branch), branch_cache, part in zip(
            self.branches.items(), caches, np.split(dy, ends[:-1], axis=-1), strict=True
        ):
            child = ctx.child(key, trainable=branch.trainable)
            child.needs_input_grad = ctx.needs_input_grad
            dx = branch.backward(params.get(key, {}), branch_cache, part, grads.get(key, {}), child)
            if ctx.needs_input_grad:
                if dx.shape != shape:
                    raise gn.ShapeError(f"backward() of {branch!r} returned shape {dx.shape}; return {shape}, as x has")
                total = dx if total is None else total + dx
        return total
