"""Self-attention: every time step reads all others, and decides by itself how much of each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.time_steps import check_sequence, padded_steps


class SelfAttention(gn.Layer):
    """Multi-head scaled dot-product attention of a sequence to itself.

    Three projections make a query, a key and a value of each step. In each head, a step's output is a mean of the
    values of all steps, weighted by how well its query matches their keys. A last projection mixes the heads.

    Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser and Polosukhin (2017), Attention Is All You Need,
    section 3.2, arXiv:1706.03762.

    Shapes
    ------
    input, output
        ``(batch, time, features)``; `heads` divides `features`
    weights
        ``(features, 3 features)``: a block of columns for each of query, key and value, in this order; in each
        block, the columns of the first head come first
    bias
        ``(3 features,)``: likewise, zeros at first
    output_weights
        ``(features, features)``
    output_bias
        ``(features,)``, zeros at first

    Padding
    -------
    With `mask`, no step looks at a padded time step, and the output of a padded step is zeros. If nothing is left to
    look at, in a sequence of nothing but padding, the output is zeros too. An ``embedding(…, padding=0)`` or a
    ``masking`` says which steps are padding. Without either, these are the steps of the network's input whose
    features are all zero.

    Conventions
    -----------
    PyTorch's ``in_proj_weight``, ``in_proj_bias`` and ``out_proj.weight`` are the transpose of `weights`, `bias`
    and the transpose of `output_weights`. With a ``key_padding_mask``, PyTorch lets steps of padding look at the
    others, and gives NaN where nothing is left. Keras keeps the projections apart, as
    ``(features, heads, features of a head)``.

    Raises
    ------
    ShapeError
        If a sample is not a sequence of rows of features, or `heads` does not divide the features.
    OptionError
        With `mask`, if no layer before this one says which steps are padding.
    """

    heads: int = gn.option(1, ge=1, help="number of heads, which share the features among them")
    causal: bool = gn.option(False, help="whether a step looks at itself and at earlier steps only")
    mask: bool = gn.option(False, help="whether padded steps are skipped")
    bias: bool = gn.option(True, help="whether the projections add biases")
    weight_init: gn.Initializer = gn.option(
        "glorot_uniform", kind="initializer", help="first values of all projections"
    )
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")

    batch_independent = True
    examples = ("self_attention", ("self_attention(2, causal=True)", (3, 4)), "self_attention(mask=True)")
    formula = (
        "q, k, v = x W + b, each cut into heads of d features;  "
        "A = softmax(q k^T / sqrt(d)) over the steps looked at;  a = A v;  y = (all a side by side) W_o + b_o"
    )
    variable_names = {
        "q": "query[sample, head, step, feature]",
        "k": "key[sample, head, step, feature]",
        "v": "value[sample, head, step, feature]",
        "attention": "attention[sample, head, step, step looked at]",
    }
    gradient_formula = (
        "da = dy W_o^T;  dv = A^T da,  dA = da v^T,  dS = A (dA - sum over the steps of A dA) / sqrt(d),  "
        "dq = dS k,  dk = dS^T q;  dW = x^T (dq, dk, dv),  dx = (dq, dk, dv) W^T,  dW_o = a^T dy"
    )

    @property
    def reads_mask(self) -> bool:
        return self.mask

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        check_sequence(shape)
        if shape[1] % self.heads:
            raise gn.ShapeError(
                f"expected a number of features that {self.heads} heads can share equally, got {shape[1]}; "
                "change heads, or the features that the layer before it gives"
            )
        return shape

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        _, features = shape
        described: gn.ParameterTree = {
            "weights": gn.Parameter((features, 3 * features), self.weight_init, regularizer=self.regularizer),
            "output_weights": gn.Parameter((features, features), self.weight_init, regularizer=self.regularizer),
        }
        if self.bias:
            for name, size in (("bias", 3 * features), ("output_bias", features)):
                described[name] = gn.Parameter((size,), "zeros", regularizer=self.regularizer, is_bias=True)
        return described

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        real = np.logical_not(padded_steps(self, ctx)) if self.mask else np.ones(x.shape[:2], bool)
        q, k, v = self._heads(x @ params["weights"] + params.get("bias", 0), 3)
        looked_at = real[:, np.newaxis, np.newaxis] & (np.tri(x.shape[1], dtype=bool) if self.causal else True)
        attention = softmax(np.where(looked_at, q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]), -np.inf))
        mixed = self._side_by_side([attention @ v])
        y = (mixed @ params["output_weights"] + params.get("output_bias", 0)) * real[..., np.newaxis]
        return y, (x, q, k, v, attention, mixed, real)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        x, q, k, v, attention, mixed, real = cache
        dy = dy * real[..., np.newaxis]
        (da,) = self._heads(dy @ params["output_weights"].T, 1)
        dv, d_attention = attention.swapaxes(-1, -2) @ da, da @ v.swapaxes(-1, -2)
        ds = attention * (d_attention - (attention * d_attention).sum(axis=-1, keepdims=True)) / math.sqrt(q.shape[-1])
        dqkv = self._side_by_side([ds @ k, ds.swapaxes(-1, -2) @ q, dv])
        grads["output_weights"][...] = np.einsum("btf,btg->fg", mixed, dy)
        grads["weights"][...] = np.einsum("btf,btg->fg", x, dqkv)
        if self.bias:
            grads["output_bias"][...] = dy.sum(axis=(0, 1))
            grads["bias"][...] = dqkv.sum(axis=(0, 1))
        return np.asarray(dqkv @ params["weights"].T)

    def attention_weights(self, cache: Any) -> gn.Array:
        """Return how much each step looked at each other one, ``(batch, heads, time, time)``; the plot shows it."""
        return np.asarray(cache[4])

    def _heads(self, projected: gn.Array, blocks: int) -> gn.Array:
        """Return ``(batch, time, blocks * features)`` as ``(blocks, batch, heads, time, features of a head)``."""
        return projected.reshape(*projected.shape[:2], blocks, self.heads, -1).transpose(2, 0, 3, 1, 4)

    def _side_by_side(self, blocks: list[gn.Array]) -> gn.Array:
        """Return blocks ``(batch, heads, time, features of a head)`` as ``(batch, time, blocks * features)``."""
        stacked = np.stack(blocks, axis=1).transpose(0, 3, 1, 2, 4)
        return stacked.reshape(*stacked.shape[:2], -1)


def softmax(scores: gn.Array) -> gn.Array:
    """Return weights that sum to 1 in each row of `scores`; zeros for a row of nothing but -inf."""
    # With the largest score taken off, no exponential overflows and their sum is at least 1: below one half, it is 0.
    largest = np.maximum(scores.max(axis=-1, keepdims=True), np.finfo(scores.dtype).min)
    e = np.exp(scores - largest)
    weights: gn.Array = e / np.maximum(e.sum(axis=-1, keepdims=True), 0.5)
    return weights
