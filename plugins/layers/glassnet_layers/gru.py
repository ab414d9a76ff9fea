"""GRU: reads a sequence step by step, with gates and without cells."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.recurrent import Recurrent, as_rows, logistic
from glassnet_layers.time_steps import padded_steps


class GRU(Recurrent):
    """A gated recurrent unit, in the variant whose reset gate comes after the recurrent product.

    At each step gates decide, from the input and from the last output, how much of the last output counts for the
    new value (r), and how much of it stays instead of the new value (z).

    Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk and Bengio (2014), Learning Phrase Representations
    using RNN Encoder-Decoder for Statistical Machine Translation, EMNLP, arXiv:1406.1078; in its first version
    (arXiv v1) the reset gate stands behind the product, as here, in PyTorch and in cuDNN, in later ones before it.

    Shapes
    ------
    input
        ``(batch, time, features)``
    output
        ``(batch, units)``, the output of the last step; with `return_sequences` that of each,
        ``(batch, time, units)``
    weights
        ``(features, 3 units)``: a block of columns for each of r, z and n, in this order
    recurrent_weights
        ``(units, 3 units)``: likewise, for the output of the step before
    bias
        ``(3 units,)``: likewise, zeros at first
    recurrent_bias
        ``(units,)``: the bias inside of the reset gate, zeros at first

    Padding
    -------
    With `mask`, a padded time step does not count, wherever it stands: the output is carried over it, and its place in
    a sequence of outputs holds zeros. A sequence of nothing but padding gives zeros. An ``embedding(…, padding=0)`` or
    a ``masking`` says which steps are padding. Without either, these are the steps of the network's input whose
    features are all zero.

    Conventions
    -----------
    The gates are in the order of PyTorch, and Keras has z first, then r. PyTorch's ``weight_ih`` and ``weight_hh``
    are the transposes of `weights` and `recurrent_weights`. PyTorch has two whole biases, and so has Keras with
    ``reset_after=True``, its default; those of r and z are always added. Here `bias` is their sum, and the second
    one of n is `recurrent_bias`. Keras with ``reset_after=False`` is another function. First recurrent weights are
    orthogonal in Keras, and in PyTorch all first values are uniform in ±1 / sqrt(units). Instead of padding,
    PyTorch's ``pad_packed_sequence`` shows zeros as well, and Keras the output before it.

    Raises
    ------
    ShapeError
        If a sample is not a sequence of rows of features.
    OptionError
        With `mask`, if no layer before this one says which steps are padding.
    """

    batch_independent = True
    examples = ("gru(3)", "gru(2, return_sequences=True)", "gru(2, mask=True)")
    formula = (
        "r = s(x W_r + h' U_r + b_r),  z = s(x W_z + h' U_z + b_z),  q = h' U_n + b_q,  "
        "n = tanh(x W_n + b_n + r q),  h = (1 - z) n + z h';  "
        "s(a) = 1 / (1 + exp(-a));  h' is that of the step before, 0 at first"
    )
    gradient_formula = (
        "last step first: da_n = dh (1 - z) (1 - n^2),  da_z = dh (h' - n) z (1 - z),  dq = da_n r,  "
        "da_r = da_n q r (1 - r),  dh' = dh z + (da_r, da_z, dq) U^T;  over all steps: dW = x^T da,  "
        "dU = h'^T (da_r, da_z, dq),  db = sum of da,  db_q = sum of dq,  dx = da W^T"
    )

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        _, features = shape
        return {
            "weights": gn.Parameter((features, 3 * self.units), self.weight_init, regularizer=self.regularizer),
            "recurrent_weights": gn.Parameter(
                (self.units, 3 * self.units), self.recurrent_init, regularizer=self.regularizer
            ),
            "bias": gn.Parameter((3 * self.units,), "zeros", regularizer=self.regularizer, is_bias=True),
            "recurrent_bias": gn.Parameter((self.units,), "zeros", regularizer=self.regularizer, is_bias=True),
        }

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        batch, time, features = x.shape
        units = self.units
        padding = padded_steps(self, ctx) if self.mask else None
        steps = ctx.buffer("x", (time, features, batch))
        steps[...] = x.transpose(1, 2, 0)
        gates = ctx.buffer("gates", (time, 3, units, batch))
        np.matmul(params["weights"].T, steps, out=gates.reshape(time, 3 * units, batch))
        gates += params["bias"].reshape(3, units, 1)
        h, q = ctx.buffer("h", (time + 1, units, batch)), ctx.buffer("q", (time, units, batch))
        h[0] = 0
        recurrent_weights = params["recurrent_weights"].T.copy()
        recurrent_bias = params["recurrent_bias"][:, np.newaxis]
        recurrent = ctx.buffer("recurrent", (3, units, batch))
        for t in range(time):
            np.matmul(recurrent_weights, h[t], out=recurrent.reshape(3 * units, batch))
            r, z, n = a = gates[t]
            a[:2] += recurrent[:2]
            logistic(a[:2])
            np.add(recurrent[2], recurrent_bias, out=q[t])
            n += r * q[t]
            np.tanh(n, out=n)
            h[t + 1] = (1 - z) * n + z * h[t]
            if padding is not None:
                np.copyto(h[t + 1], h[t], where=padding[:, t])
        return self.shown(h, padding, ctx), (steps, gates, h, q, padding)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        steps, gates, h, q, padding = cache
        time, _, units, batch = gates.shape
        dy = self.gradient_by_step(dy, time, padding, ctx)
        da = ctx.buffer("da", (time, 3 * units, batch))
        # The same for what was multiplied with the recurrent weights: q instead of n.
        dv = ctx.buffer("dv", (time, 3 * units, batch))
        dh = np.zeros_like(h[0])
        for t in reversed(range(time)):
            r, z, n = gates[t]
            da_r, da_z, da_n = da[t].reshape(3, units, batch)
            dh_t = dh + dy[t]
            da_n[...] = dh_t * (1 - z) * (1 - n**2)
            da_z[...] = dh_t * (h[t] - n) * z * (1 - z)
            da_r[...] = da_n * q[t] * r * (1 - r)
            if padding is not None:
                da[t, :, padding[:, t]] = 0
            dv[t, : 2 * units] = da[t, : 2 * units]
            dv[t, 2 * units :] = da_n * r
            dh_before = np.matmul(params["recurrent_weights"], dv[t])
            dh_before += dh_t * z
            if padding is not None:
                np.copyto(dh_before, dh_t, where=padding[:, t])
            dh = dh_before
        rows = as_rows(da)
        np.matmul(as_rows(steps).T, rows, out=grads["weights"])
        rows.sum(axis=0, out=grads["bias"])
        rows = as_rows(dv)
        np.matmul(as_rows(h[:-1]).T, rows, out=grads["recurrent_weights"])
        rows[:, 2 * units :].sum(axis=0, out=grads["recurrent_bias"])
        if not ctx.needs_input_grad:
            return None
        return np.ascontiguousarray(np.matmul(params["weights"], da).transpose(2, 0, 1))
