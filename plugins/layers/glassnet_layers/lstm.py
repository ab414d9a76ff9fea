"""LSTM: reads a sequence step by step, and carries a cell from one step to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

import glassnet as gn
from glassnet_layers.time_steps import check_sequence, real_steps, steps_first, shown, rows_of


class LSTM(gn.Layer):
    """A long short-term memory with a forget gate, and without peepholes.

    Each unit has a cell. At each step gates decide from the input and from the last output what is written into
    the cell (i), what stays in it (f) and what is shown of it (o).

    Hochreiter and Schmidhuber (1997), Long Short-Term Memory, Neural Computation 9(8); the forget gate: Gers,
    Schmidhuber and Cummins (2000), Learning to Forget, Neural Computation 12(10); its bias of 1: Jozefowicz,
    Zaremba and Sutskever (2015), An Empirical Exploration of Recurrent Network Architectures, ICML.

    Shapes
    ------
    input
        ``(batch, time, features)``
    output
        ``(batch, units)``: the output of the last step; with `return_sequences` that of each,
        ``(batch, time, units)``
    weights
        ``(features, 4 units)``: one block of columns for each of i, f, g and o, in this order
    recurrent_weights
        ``(units, 4 units)``: likewise, for the output of the step before
    bias
        ``(4 units,)``: likewise; zeros at first, but `forget_bias` for f

    Padding
    -------
    With `mask`, a time step whose features are all zero does not count, wherever it stands: cell and output are
    carried over it, and what it shows in a sequence of outputs is zeros. So the layer behind it knows it again,
    and an ``embedding(…, padding=0)`` in front of it marks it. A sequence of padding alone gives zeros.

    Conventions
    -----------
    The gates are in the order of PyTorch and Keras. PyTorch's ``weight_ih`` and ``weight_hh`` are the transposes
    of `weights` and `recurrent_weights`; its two biases are always added, and `bias` is their sum. Keras's
    ``kernel``, ``recurrent_kernel`` and ``bias`` are the same arrays as here. Keras starts recurrent weights
    orthogonal, PyTorch uniform in ±1/sqrt(units). At a padded step PyTorch's ``pad_packed_sequence`` shows zeros
    as well, and Keras the output before it.

    Raises
    ------
    ShapeError
        When a sample is no sequence of rows of features.
    """

    units: int = gn.option(ge=1, help="number of cells and outputs")
    return_sequences: bool = gn.option(False, help="whether to give the output of each step, not of the last alone")
    mask: bool = gn.option(False, help="whether steps whose features are all zero are padding, and skipped")
    weights: gn.Initializer = gn.option("glorot_uniform", kind="initializer", help="first values of the weights")
    recurrent_weights: gn.Initializer = gn.option(
        "glorot_uniform", kind="initializer", help="first values of the recurrent weights"
    )
    forget_bias: float = gn.option(1.0, help="first value of the forget gate's bias: above 0, cells remember at first")
    regularizer: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty on this layer's parameters")

    formula = (
        "i = s(x W_i + h' U_i + b_i),  f = s(x W_f + h' U_f + b_f),  g = tanh(x W_g + h' U_g + b_g),  "
        "o = s(x W_o + h' U_o + b_o),  c = f c' + i g,  h = o tanh c;  s = logistic, ' = step before, 0 at first"
    )
    gradient = (
        "dc = dh o (1 - tanh^2 c) + dc'' f'';  dz_i = dc g i (1 - i),  dz_f = dc c' f (1 - f),  "
        "dz_g = dc i (1 - g^2),  dz_o = dh tanh(c) o (1 - o);  dh' = dz U^T;  '' = step behind;  "
        "over all steps: dW = x^T dz,  dU = h'^T dz,  db = sum dz,  dx = dz W^T"
    )

    def output_shape(self, shape: gn.Shape) -> gn.Shape:
        check_sequence(shape)
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def parameters(self, shape: gn.Shape) -> gn.ParameterTree:
        _, features = shape
        return {
            "weights": gn.Parameter((features, 4 * self.units), self.weights, regularizer=self.regularizer),
            "recurrent_weights": gn.Parameter(
                (self.units, 4 * self.units), self.recurrent_weights, regularizer=self.regularizer
            ),
            "bias": gn.Parameter(
                (4 * self.units,), ForgetBias(self.forget_bias), regularizer=self.regularizer, is_bias=True
            ),
        }

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        batch, steps, features = x.shape
        real = real_steps(x) if self.mask else None
        x = steps_first(x, ctx)
        z = ctx.empty("z", (steps, 4, self.units, batch))
        np.matmul(params["weights"].T, x, out=z.reshape(steps, -1, batch))
        z += params["bias"].reshape(4, self.units, 1)
        h, c = ctx.empty("h", (steps + 1, self.units, batch)), ctx.empty("c", (steps + 1, self.units, batch))
        h[0] = c[0] = 0
        tanh_c = ctx.empty("tanh_c", (steps, self.units, batch))
        recurrent_weights = np.ascontiguousarray(params["recurrent_weights"].T)
        recurrent = ctx.empty("recurrent", (4, self.units, batch))
        # One tanh over all four does the logistic functions as well: s(z) = 1/2 tanh(z / 2) + 1/2.
        slope = np.array([0.5, 0.5, 1, 0.5], x.dtype).reshape(4, 1, 1)
        for t in range(steps):
            np.matmul(recurrent_weights, h[t], out=recurrent.reshape(-1, batch))
            gates = z[t]
            gates += recurrent
            gates *= slope
            np.tanh(gates, out=gates)
            gates *= slope
            gates += 1 - slope
            i, f, g, o = gates
            c[t + 1] = f * c[t] + i * g
            np.tanh(c[t + 1], out=tanh_c[t])
            h[t + 1] = o * tanh_c[t]
            if real is not None:
                np.copyto(c[t + 1], c[t], where=~real[:, t])
                np.copyto(h[t + 1], h[t], where=~real[:, t])
        return shown(h, real, self.return_sequences, ctx), (x, z, h, c, tanh_c, real)

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        x, gates, h, c, tanh_c, real = cache
        steps, _, batch = x.shape
        dy_by_step = None if not self.return_sequences else steps_first(dy, ctx)
        dz = ctx.empty("dz", gates.shape)
        dh = np.zeros_like(h[0]) if self.return_sequences else dy.T
        dc = np.zeros_like(c[0])
        for t in reversed(range(steps)):
            i, f, g, o = gates[t]
            if self.return_sequences:
                dh = dh + (dy_by_step[t] if real is None else dy_by_step[t] * real[:, t])
            dc_behind, dh_behind = dc, dh
            dc = dc + dh * o * (1 - tanh_c[t] ** 2)
            dz_i, dz_f, dz_g, dz_o = dz[t]
            dz_i[...] = dc * g * i * (1 - i)
            dz_f[...] = dc * c[t] * f * (1 - f)
            dz_g[...] = dc * i * (1 - g**2)
            dz_o[...] = dh * tanh_c[t] * o * (1 - o)
            dc = dc * f
            if real is not None:
                dz[t] *= real[:, t]
            dh = np.matmul(params["recurrent_weights"], dz[t].reshape(-1, batch))
            if real is not None:
                dc, dh = np.where(real[:, t], dc, dc_behind), np.where(real[:, t], dh, dh_behind)
        dz = dz.reshape(steps, -1, batch)
        rows = rows_of(dz)
        np.matmul(rows_of(x).T, rows, out=grads["weights"])
        np.matmul(rows_of(h[:-1]).T, rows, out=grads["recurrent_weights"])
        rows.sum(axis=0, out=grads["bias"])
        if not ctx.needs_input_grad:
            return None
        dx = np.matmul(params["weights"], dz)
        return np.ascontiguousarray(dx.transpose(2, 0, 1))


class ForgetBias(gn.Initializer):
    """Zeros, but `value` in the second of four blocks, which is the forget gate's."""

    value: float = gn.option(1.0, help="what the forget gate's bias starts with")

    formula = "b_f = value, all others 0"

    def moments(self, fan_in: int, fan_out: int) -> tuple[float, float]:
        return self.value / 4, self.value**2 * 3 / 16

    def sample(self, shape: gn.Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> gn.Array:
        bias = np.zeros(shape)
        bias[len(bias) // 4 : len(bias) // 2] = self.value
        return bias
