"""LSTM: reads a sequence step by step, and carries cells from one step to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.recurrent import Recurrent, as_rows, logistic
from glassnet_layers.time_steps import padded_steps


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
    With `mask`, a padded time step does not count, wherever it stands: cell and output are carried over it, and its
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
        "i": "input gate[unit, sample]",
        "f": "forget gate[unit, sample]",
        "g": "new content[unit, sample]",
        "o": "output gate[unit, sample]",
        "c": "cell[step, unit, sample]",
        "h": "output[step, unit, sample]",
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
        batch, time, features = x.shape
        units = self.units
        padding = padded_steps(self, ctx) if self.mask else None
        # What a step sees: its features, the output of the step before, and a 1 that the bias is multiplied with.
        seen = ctx.buffer("seen", (time + 1, features + units + 1, batch))
        h = seen[:, features:-1]
        seen[:-1, :features] = x.transpose(1, 2, 0)
        seen[:, -1] = 1
        weights = self._weights(params).T.copy()
        gates, c = ctx.buffer("gates", (time, 4, units, batch)), ctx.buffer("c", (time + 1, units, batch))
        h[0] = c[0] = 0
        tanh_c = ctx.buffer("tanh_c", (time, units, batch))
        for t in range(time):
            i, f, g, o = z = gates[t]
            np.matmul(weights, seen[t], out=z.reshape(4 * units, batch))
            logistic(z[:2])
            np.tanh(g, out=g)
            logistic(o)
            c[t + 1] = f * c[t] + i * g
            np.tanh(c[t + 1], out=tanh_c[t])
            np.multiply(o, tanh_c[t], out=h[t + 1])
            if padding is not None:
                np.copyto(c[t + 1], c[t], where=padding[:, t])
                np.copyto(h[t + 1], h[t], where=padding[:, t])
        return self.shown(h, padding, ctx), (seen, gates, c, tanh_c, padding)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        seen, gates, c, tanh_c, padding = cache
        time, _, units, batch = gates.shape
        features = seen.shape[1] - units - 1
        h = seen[:, features:-1]
        dy = self.gradient_by_step(dy, time, padding, ctx)
        weights = self._weights(params)[:-1]
        dseen = ctx.buffer("dseen", (time, features + units, batch))
        dz, rows = ctx.buffer("dz", (4 * units, batch)), ctx.buffer("rows", (time, batch, 4 * units))
        dz_i, dz_f, dz_g, dz_o = dz.reshape(4, units, batch)
        dh, dc = np.zeros_like(c[0]), np.zeros_like(c[0])
        for t in reversed(range(time)):
            i, f, g, o = gates[t]
            dh_t = dh + dy[t]
            dc_t = dc + dh_t * o * (1 - tanh_c[t] ** 2)
            dc_before = dc_t * f
            np.multiply(dc_t * g, i * (1 - i), out=dz_i)
            np.multiply(dc_before * c[t], 1 - f, out=dz_f)
            np.multiply(dc_t * i, 1 - g**2, out=dz_g)
            np.multiply(dh_t * h[t + 1], 1 - o, out=dz_o)
            if padding is not None:
                dz[:, padding[:, t]] = 0
            rows[t] = dz.T
            dh = np.matmul(weights, dz, out=dseen[t])[features:]
            if padding is not None:
                np.copyto(dh, dh_t, where=padding[:, t])
                np.copyto(dc_before, dc, where=padding[:, t])
            dc = dc_before
        derivative = ctx.buffer("derivative", (features + units + 1, 4 * units))
        np.matmul(as_rows(seen[:-1]).T, rows.reshape(-1, 4 * units), out=derivative)
        grads["weights"][...] = derivative[:features]
        grads["recurrent_weights"][...] = derivative[features:-1]
        grads["bias"][...] = derivative[-1]
        if not ctx.needs_input_grad:
            return None
        return np.ascontiguousarray(dseen[:, :features].transpose(2, 0, 1))

    def _weights(self, params: gn.Arrays) -> gn.Array:
        """Return all parameters in one matrix, for ``[x, h', 1]``: ``(features + units + 1, 4 units)``."""
        return np.concatenate([params["weights"], params["recurrent_weights"], params["bias"][np.newaxis]])


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
