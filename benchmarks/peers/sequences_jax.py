"""JAX with optax on sequences: recurrent layers are scans, with the products of their inputs before them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.cases import Samples
from benchmarks.peers.jax_optax import Jax


def characters(p: Any, x: Any) -> Any:
    """Return what the softmax is taken of, for each step."""
    x = p["0.weights"][x] @ p["1.weights"] + p["1.bias"]
    recurrent, bias = p["1.recurrent_weights"], p["1.recurrent_bias"]

    def step(h: Any, x_t: Any) -> tuple[Any, Any]:
        x_r, x_z, x_n = jnp.split(x_t, 3, axis=1)
        h_r, h_z, h_n = jnp.split(h @ recurrent, 3, axis=1)
        r, z = jax.nn.sigmoid(x_r + h_r), jax.nn.sigmoid(x_z + h_z)
        h = (1 - z) * jnp.tanh(x_n + r * (h_n + bias)) + z * h
        return h, h

    _, outputs = jax.lax.scan(step, jnp.zeros((len(x), len(bias)), x.dtype), x.swapaxes(0, 1))
    return outputs.swapaxes(0, 1) @ p["2.weights"] + p["2.bias"]


def waves(p: Any, x: Any) -> Any:
    """Return the next value of each wave."""
    x = x @ p["0.weights"] + p["0.bias"]
    recurrent = p["0.recurrent_weights"]

    def step(state: Any, x_t: Any) -> tuple[Any, None]:
        h, c = state
        i, f, g, o = jnp.split(x_t + h @ recurrent, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((len(x), len(recurrent)), x.dtype)
    (h, _), _ = jax.lax.scan(step, (zeros, zeros), x.swapaxes(0, 1))
    return h @ p["1.weights"] + p["1.bias"]


def transformer(p: Any, x: Any) -> Any:
    """Return what the softmax is taken of, for each step."""
    x = p["0.weights"][x]
    for attention, dense in (("1", "2"), ("3", "4")):
        x = x + _attention(p, attention, _normalized(p, f"{attention}.0", x))
        wide = jax.nn.gelu(
            _normalized(p, f"{dense}.0", x) @ p[f"{dense}.1.weights"] + p[f"{dense}.1.bias"], approximate=False
        )
        x = x + wide @ p[f"{dense}.3.weights"] + p[f"{dense}.3.bias"]
    return _normalized(p, "5", x) @ p["6.weights"] + p["6.bias"]


def _normalized(p: Any, name: str, x: Any) -> Any:
    x = jax.nn.standardize(x, epsilon=1e-5)
    return x * p[f"{name}.scale"] + p[f"{name}.shift"]


def _attention(p: Any, name: str, x: Any, heads: int = 4) -> Any:
    parts = (x @ p[f"{name}.1.weights"] + p[f"{name}.1.bias"]).reshape(*x.shape[:2], 3, heads, -1)
    attended = jax.nn.dot_product_attention(*(parts[:, :, n] for n in range(3)), is_causal=True)
    return attended.reshape(x.shape) @ p[f"{name}.1.output_weights"] + p[f"{name}.1.output_bias"]


MODELS: dict[str, Callable[[Any, Any], Any]] = {
    "Characters": characters,
    "Waves": waves,
    "Transformer": transformer,
}


class SequenceJax(Jax):
    """A compiled step for each batch."""

    def __init__(self, case: Any, samples: Samples, first: dict[str, np.ndarray]) -> None:
        super().__init__(case, samples, [])
        self.first, self.model = first, MODELS[case.model]
        if case.output == "linear":
            self.loss_of = optax.squared_error
            self.probabilities = lambda outputs: outputs

    def start(self) -> None:
        self.parameters = {name: jnp.array(array) for name, array in self.first.items()}
        self.state = self.adam.init(self.parameters)

    def _forward(self, parameters: Any, x: Any) -> Any:
        return self.model(parameters, x)
