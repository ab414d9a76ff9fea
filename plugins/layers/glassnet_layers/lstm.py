"""LSTM: reads a sequence step by step, and carries cells from one step to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.recurrent import Recurrent, at_real, sigmoid


class LSTM(Recurrent):
    """A long short-term memory with a forget gate, and without peepholes.

    Each unit has a cell. At each step gates decide, from the input and from the last output, what is written into
    the cell (i), what stays in it (f) and what is shown of it (o).

    Hochreiter and Schmidhuber (1997), Long Short-Term Memory, Neural Computation 9(8). The forget gate: Gers,
    Schmidhuber and Cummins (2000), Learning to Forget, Neural Computation 12(10). Its bias of 1: Jozefowicz,
    Zaremba and Sutskever (2015), An Empirical Exploration of Recurrent Network Architectures, ICML.

    Shapes
    ------
    input
        ``(batch, time, features)``
    output
        ``(batch, units)``, the output of the last step; with `return_sequences` that of each,
        ``(batch, time, units)``
    weights
        ``(features, 4 units)``: a block of columns for each of i, f, g and o, in this order
    recurrent_weights
        ``(units, 4 units)``: likewise, for the output of the step before
    bias
        ``(4 units,)``: likewise; zeros at first, but `forget_bias` for f

    Padding
    -------
    With `mask`, a padded time step does not count, wherever it stands. Cell and output are carried over it, and its
    place in a sequence of outputs holds zeros. A sequence of nothing but padding gives zeros. An
    ``embedding(…, padding=0)`` or a ``masking`` says which steps are padding. Without either, these are the steps of
    the network's input whose features are all zero.

    Conventions
    -----------
    The gates are in the order of PyTorch and Keras. PyTorch's ``weight_ih`` and ``weight_hh`` are the transposes
    of `weights` and `recurrent_weights`; it has two biases that are always added, and `bias` is their sum. Keras's
    ``kernel``, ``recurrent_kernel`` and ``bias`` are the same arrays as here. First recurrent weights are
    orthogonal in Keras, and in PyTorch all first values are uniform in ±1 / sqrt(units). Instead of padding,
    PyTorch's ``pad_packed_sequence`` shows zeros as well, and Keras the output before it.

    Raises
    ------
    ShapeError
        If a sample is not a sequence of rows of features.
    OptionError
        With `mask`, if no layer before this one says which steps are padding.
    """

    forget_bias: float = gn.option(
        1.0, help="first value of the forget gate's bias: above 0, cells keep what they hold"
    )

    batch_independent = True
    examples = ("lstm(3)", "lstm(2, return_sequences=True)", "lstm(2, mask=True)")
    formula = (
        "i = s(x W_i + h' U_i + b_i),  f = s(x W_f + h' U_f + b_f),  g = tanh(x W_g + h' U_g + b_g),  "
        "o = s(x W_o + h' U_o + b_o),  c = f c' + i g,  h = o tanh(c);  "
        "s(z) = 1 / (1 + exp(-z));  h', c' are those of the step before, 0 at first"
    )
    variable_names = {
        "i": "input gate[sample, unit]",
        "f": "forget gate[sample, unit]",
        "g": "new content[sample, unit]",
        "o": "output gate[sample, unit]",
        "c": "cell[sample, unit]",
        "h": "output[sample, unit]",
    }
    gradient_formula = (
        "last step first: dc += dh o (1 - tanh(c)^2),  dz_i = dc g i (1 - i),  dz_f = dc c' f (1 - f),  "
        "dz_g = dc i (1 - g^2),  dz_o = dh tanh(c) o (1 - o),  dc' = dc f,  dh' = dz U^T;  "
        "over all steps: dW = x^T dz,  dU = h'^T dz,  db = sum of dz,  dx = dz W^T"
    )

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        _, features = shape
        return {
            "weights": gn.Parameter((features, 4 * self.units), self.weight_init, regularizer=self.regularizer),
            "recurrent_weights": gn.Parameter(
                (self.units, 4 * self.units), self.recurrent_init, regularizer=self.regularizer
            ),
            "bias": gn.Parameter(
                (4 * self.units,), ForgetBias(self.forget_bias), regularizer=self.regularizer, is_bias=True
            ),
        }

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        real = self.real_steps(ctx)
        h = c = np.zeros((len(x), self.units), x.dtype)
        steps, outputs = [], []
        for t in range(x.shape[1]):
            x_t, counts = x[:, t], None if real is None else real[t]
            z = x_t @ params["weights"] + h @ params["recurrent_weights"] + params["bias"]
            z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
            i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
            c_t = f * c + i * g
            steps.append((x_t, h, c, i, f, g, o, np.tanh(c_t)))
            h, c = at_real(o * np.tanh(c_t), h, counts), at_real(c_t, c, counts)
            outputs.append(h)
        return self.shown(outputs, real), (real, steps)

    def backward(self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context) -> gn.Array:
        real, steps = cache
        dy = self.gradient_by_step(dy, len(steps), real)
        for name in ("weights", "recurrent_weights", "bias"):
            grads[name][...] = 0
        dx, dh, dc = [], np.zeros_like(dy[0]), np.zeros_like(dy[0])
        for t in reversed(range(len(steps))):
            x_t, h, c, i, f, g, o, tanh_c = steps[t]
            counts = None if real is None else real[t]
            dh_t = dh + dy[t]
            dc_t = dc + dh_t * o * (1 - tanh_c**2)
            dz_i, dz_f = dc_t * g * i * (1 - i), dc_t * c * f * (1 - f)
            dz_g, dz_o = dc_t * i * (1 - g**2), dh_t * tanh_c * o * (1 - o)
            dz = at_real(np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1), 0, counts)
            grads["weights"] += x_t.T @ dz
            grads["recurrent_weights"] += h.T @ dz
            grads["bias"] += dz.sum(axis=0)
            dh = at_real(dz @ params["recurrent_weights"].T, dh_t, counts)
            dc = at_real(dc_t * f, dc, counts)
            dx.append(dz @ params["weights"].T)
        return np.stack(dx[::-1], axis=1)


class ForgetBias(gn.Initializer):
    """Zeros, but `value` in the second of four blocks, which is the forget gate's."""

    value: float = gn.option(1.0, help="what the forget gate's bias starts with")

    formula = "b_f = value,  all others 0"

    def moments(self, shape: gn.Shape, fan_in: int, fan_out: int) -> tuple[float, float]:
        return self.value / 4, self.value**2 * 3 / 16

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        bias = np.zeros(shape)
        bias[len(bias) // 4 : len(bias) // 2] = self.value
        return bias
