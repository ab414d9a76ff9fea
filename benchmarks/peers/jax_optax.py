"""JAX with optax: one compiled step that gathers its batch, differentiates and updates in place."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.cases import Case, Convolution, Dense, Samples, Weights
from benchmarks.peers.peer import Peer


class Jax(Peer):
    """A step for each batch is called from Python, as in the examples of optax."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        self.x, self.y = jnp.asarray(samples.x), jnp.asarray(samples.y)
        self.adam = optax.adam(0.001)
        self.loss_of = (
            optax.sigmoid_binary_cross_entropy
            if case.output == "sigmoid"
            else optax.softmax_cross_entropy_with_integer_labels
        )
        self.probabilities = jax.nn.sigmoid if case.output == "sigmoid" else jax.nn.softmax
        self._step = jax.jit(self._next, donate_argnums=(0, 1, 2))
        self._outputs = jax.jit(lambda parameters, x: self.probabilities(self._forward(parameters, x)))

    def start(self) -> None:
        self.parameters = [(jnp.array(weights), jnp.array(bias)) for weights, bias in self.weights]
        self.state = self.adam.init(self.parameters)

    def _next(self, parameters: Any, state: Any, total: Any, x: Any, y: Any, chosen: Any) -> Any:
        def loss(parameters: Any) -> Any:
            return self.loss_of(self._forward(parameters, x[chosen]), y[chosen]).mean()

        value, gradients = jax.value_and_grad(loss)(parameters)
        updates, state = self.adam.update(gradients, state)
        return optax.apply_updates(parameters, updates), state, total + value

    def _forward(self, parameters: Any, x: Any) -> Any:
        unused = iter(parameters)
        for layer in self.case.layers:
            match layer:
                case Dense():
                    weights, bias = next(unused)
                    x = x @ weights + bias
                case Convolution():
                    weights, bias = next(unused)
                    places = ("NHWC", "HWIO", "NHWC")
                    x = jax.lax.conv_general_dilated(x, weights, (1, 1), "VALID", dimension_numbers=places) + bias
                case "max_pool":
                    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
                case "flatten":
                    x = x.reshape(len(x), -1)
                case "relu":
                    x = jax.nn.relu(x)
                case "tanh":
                    x = jnp.tanh(x)
        return x

    def epoch(self, order: np.ndarray) -> None:
        parameters, state, total = self.parameters, self.state, jnp.zeros(())
        for chosen in order.astype(np.int32).reshape(-1, self.case.batch):
            parameters, state, total = self._step(parameters, state, total, self.x, self.y, chosen)
        self.parameters, self.state = parameters, state
        float(total)  # waits until all is done

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self._outputs(self.parameters, x))
