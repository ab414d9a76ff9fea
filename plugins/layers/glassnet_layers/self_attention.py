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
        batch, time, features = x.shape
        rows = x.reshape(-1, features)
        projected = np.matmul(rows, params["weights"], out=ctx.buffer("projected", (batch * time, 3 * features)))
        if self.bias:
            projected += params["bias"]
        padding = padded_steps(self, ctx) if self.mask else None
        q, k, v = self._by_head(projected, batch, 3)
        attention = ctx.buffer("attention", (batch, self.heads, time, time))
        np.matmul(q, k.swapaxes(-1, -2), out=attention)
        attention *= 1 / math.sqrt(features // self.heads)
        if self.causal:
            np.copyto(attention, -np.inf, where=~np.tri(time, dtype=bool))
        if padding is not None:
            np.copyto(attention, -np.inf, where=padding[:, np.newaxis, np.newaxis])
        softmax(attention)
        mixed = ctx.buffer("mixed", (batch * time, features))
        np.matmul(attention, v, out=self._by_head(mixed, batch, 1)[0])
        y = np.matmul(mixed, params["output_weights"], out=ctx.buffer("y", (batch * time, features)))
        if self.bias:
            y += params["output_bias"]
        if padding is not None:
            y[padding.reshape(-1)] = 0
        return y.reshape(x.shape), (rows, projected, attention, mixed, padding)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        rows, projected, attention, mixed, padding = cache
        batch, features = len(attention), rows.shape[1]
        dy_rows = dy.reshape(-1, features)
        if padding is not None:
            dy_rows = dy_rows * ~padding.reshape(-1, 1)
        np.matmul(mixed.T, dy_rows, out=grads["output_weights"])
        d_mixed = np.matmul(dy_rows, params["output_weights"].T, out=ctx.buffer("d_mixed", mixed.shape))
        (da,) = self._by_head(d_mixed, batch, 1)
        q, k, v = self._by_head(projected, batch, 3)
        d_projected = ctx.buffer("d_projected", projected.shape)
        dq, dk, dv = self._by_head(d_projected, batch, 3)
        np.matmul(attention.swapaxes(-1, -2), da, out=dv)
        ds = np.matmul(da, v.swapaxes(-1, -2), out=ctx.buffer("ds", attention.shape))
        ds -= np.einsum("bhts,bhts->bht", attention, ds)[..., np.newaxis]
        ds *= attention
        ds *= 1 / math.sqrt(features // self.heads)
        np.matmul(ds, k, out=dq)
        np.matmul(ds.swapaxes(-1, -2), q, out=dk)
        np.matmul(rows.T, d_projected, out=grads["weights"])
        if self.bias:
            dy_rows.sum(axis=0, out=grads["output_bias"])
            d_projected.sum(axis=0, out=grads["bias"])
        if not ctx.needs_input_grad:
            return None
        return np.matmul(d_projected, params["weights"].T, out=ctx.buffer("dx", rows.shape)).reshape(dy.shape)

    def _by_head(self, rows: gn.Array, batch: int, blocks: int) -> gn.Array:
        """Return views of ``(batch * time, blocks * features)``: for each block ``(batch, heads, time, d)``."""
        return rows.reshape(batch, len(rows) // batch, blocks, self.heads, -1).transpose(2, 0, 3, 1, 4)


def softmax(scores: gn.Array) -> None:
    """Turn the rows of `scores` into weights that sum to 1, in place; a row of nothing but -inf into zeros."""
    largest = scores.max(axis=-1, keepdims=True)
    scores -= np.maximum(largest, np.finfo(scores.dtype).min)
    np.exp(scores, out=scores)
    # The largest of a row has become 1, so a sum below one half is that of a row without any.
    scores /= np.maximum(scores.sum(axis=-1, keepdims=True), 0.5)
