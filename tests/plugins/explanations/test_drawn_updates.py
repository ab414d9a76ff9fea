"""Terms of drawn combinations: they add up, and are the change that a training makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.registry.registry import registry
from tests.plugins.explanations.halving import Halving
from tests.plugins.explanations.snapshots import Snapshots

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def spec_of(rng: np.random.Generator, kind: str, without: tuple[str, ...] = ()) -> str:
    name = str(rng.choice(sorted(set(registry.names(kind)) - set(without))))
    cls = registry.resolve(kind, name)
    return str(rng.choice([each if isinstance(each, str) else each[0] for each in cls.examples or (name,)]))


def drawn(rng: np.random.Generator) -> tuple[str, dict[str, Any]]:
    """Draw a network, and the options of its training."""
    optimizer: Any = Halving() if rng.random() < 0.1 else spec_of(rng, "optimizer")
    if isinstance(optimizer, str):
        optimizer = str(rng.choice([optimizer, f"accumulate({optimizer}, steps=2)", f"ema({optimizer})"]))
    constraint = f", constraint={spec_of(rng, 'constraint')}" if rng.random() < 0.5 else ""
    # Optimizers of the whole network take one step size.
    scale = ", lr_scale=0.3" if rng.random() < 0.3 and "lbfgs" not in str(optimizer) else ""
    frozen = ", freeze=['bias']" if rng.random() < 0.2 else ""
    given = {
        "optimizer": optimizer,
        "regularizer": spec_of(rng, "regularizer") if rng.random() < 0.6 else None,
        "schedule": spec_of(rng, "schedule", ("reduce_on_plateau",)) if rng.random() < 0.6 else None,
        "callbacks": ["clip_norm(0.1)"] if rng.random() < 0.3 else [],
    }
    return f"dense(3{constraint}{scale}{frozen}) tanh dense(1) sigmoid", given


@pytest.mark.parametrize("seed", range(60))
def test_terms_add_up_to_the_change_of_a_real_step(seed: int):
    rng = np.random.default_rng(seed)
    layers, given = drawn(rng)
    steps = int(rng.integers(1, 9))
    step = int(rng.integers(steps))
    net, taken = gn.Network(layers).build(2, seed=seed, dtype="float64"), []
    start = net.copy()
    callbacks = [Snapshots(taken=taken), *given["callbacks"]]
    net.fit(X, Y, loss="mse", epochs=steps, **{**given, "callbacks": callbacks})
    (before, state), (after, _) = taken[step : step + 2]
    start.flat_parameters[:] = before
    updates = gn.explain(start, X, Y, loss="mse", step=step, steps=steps, optimizer_state=state, **given).updates
    start.flat_parameters[:] = after - before
    for name, terms in updates.items():
        total = terms.pop("total")
        size = sum(np.abs(values) for values in terms.values())
        assert np.all(np.abs(sum(terms.values()) - total) <= 1e-16 * size)
        np.testing.assert_allclose(total, start.parameters[name], rtol=1e-9, atol=1e-12)
        assert "rest" not in terms
