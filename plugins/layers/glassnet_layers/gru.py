"""GRU: reads a sequence step by step, with gates and without cells."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.recurrent import Recurrent, at_real, sigmoid


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
    With `mask`, a padded time step does not count, wherever it stands. The output is carried over it, and its place in
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
    variable_names = {
        "r": "reset gate[sample, unit]",
        "z": "update gate[sample, unit]",
        "n": "new content[sample, unit]",
        "h": "output[sample, unit]",
    }
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
        real = self.real_steps(ctx)
        h = np.zeros((len(x), self.units), x.dtype)
        steps, outputs = [], []
        for t in range(x.shape[1]):
            x_t, counts = x[:, t], None if real is None else real[t]
            x_r, x_z, x_n = np.split(x_t @ params["weights"] + params["bias"], 3, axis=1)
            h_r, h_z, h_n = np.split(h @ params["recurrent_weights"], 3, axis=1)
            r, z, q = sigmoid(x_r + h_r), sigmoid(x_z + h_z), h_n + params["recurrent_bias"]
            n = np.tanh(x_n + r * q)
            steps.append((x_t, h, r, z, q, n))
            h = at_real((1 - z) * n + z * h, h, counts)
            outputs.append(h)
        return self.shown(outputs, real), (real, steps)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        real, steps = cache
        dy = self.gradient_by_step(dy, len(steps), real)
        for name in ("weights", "recurrent_weights", "bias", "recurrent_bias"):
            grads[name][...] = 0
        dx, dh = [], np.zeros_like(dy[0])
        for t in reversed(range(len(steps))):
            x_t, h, r, z, q, n = steps[t]
            counts = None if real is None else real[t]
            dh_t = dh + dy[t]
            da_n, da_z = dh_t * (1 - z) * (1 - n**2), dh_t * (h - n) * z * (1 - z)
            dq, da_r = da_n * r, da_n * q * r * (1 - r)
            da = at_real(np.concatenate([da_r, da_z, da_n], axis=1), 0, counts)
            dv = at_real(np.concatenate([da_r, da_z, dq], axis=1), 0, counts)
            grads["weights"] += x_t.T @ da
            grads["recurrent_weights"] += h.T @ dv
            grads["bias"] += da.sum(axis=0)
            grads["recurrent_bias"] += dv[:, 2 * self.units :].sum(axis=0)
            dh = at_real(dh_t * z + dv @ params["recurrent_weights"].T, dh_t, counts)
            dx.append(da @ params["weights"].T)
        return np.stack(dx[::-1], axis=1)
