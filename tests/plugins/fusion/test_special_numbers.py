"""Fused components at zeros of both signs, the smallest and largest numbers, infinities and NaN."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.numpy_only.adam import AdamBySums
from glassnet_fusion.choice import everything_fused

SPECIAL = [0.0, -0.0, 1.0, -1.0, 20.0, -104.0, 1e-8, 1e-38, 1e-45, -1e-45, 3e38, -3e38]
NOT_FINITE = [np.inf, -np.inf, np.nan]
# Rows of one number to more than NumPy adds in one go, and of all remainders of a vector register.
WIDTHS = (1, 2, 3, 5, 8, 13, 33, 200)
ACTIVATIONS = ["elu", "gelu", "gelu(approximate='tanh')", "leaky_relu", "log_softmax", "mish", "relu", "selu"]
ACTIVATIONS += ["sigmoid", "silu", "softmax", "softplus", "tanh"]
LOSSES = ["binary_crossentropy", "categorical_crossentropy", "huber(0.5)", "mean_absolute_error", "hinge"]


@pytest.fixture(params=[(dtype, finite) for dtype in ("float32", "float64") for finite in (True, False)], ids=str)
def draw(request):
    """``draw(shape)`` returns special numbers of a type."""
    dtype, finite = request.param
    rng = np.random.default_rng(0)
    numbers = np.array(SPECIAL if finite else SPECIAL + NOT_FINITE, dtype)
    with np.errstate(all="ignore"):
        yield lambda *shape: rng.choice(numbers, shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(draw, name, compiled, same_bytes):
    activation = gn.create("activation", name)
    faster = everything_fused(activation)
    for width in WIDTHS:
        x, dy = draw(300, width), draw(300, width)
        y = activation.forward(x)
        same_bytes(compiled(faster.forward, x), y)
        same_bytes(compiled(faster.backward, dy, x, y), activation.backward(dy, x, y))


@pytest.mark.parametrize("name", ["adam", "adamw", "adagrad", "lion", "momentum", "nadam", "radam", "rmsprop", "sgd"])
def test_optimizers(draw, name, same_bytes):
    from glassnet_fusion.programs import finish_compiling

    optimizer = gn.create("optimizer", name)
    for plain in (optimizer, AdamBySums(optimizer)) if name == "adam" else (optimizer,):
        faster = everything_fused(plain)
        for width in WIDTHS:
            given = [draw(width) for _ in range(2 + len(plain.slots))]
            scalars = {each: np.array([0.9]) for each in plain.scalars}
            for step in (3, 9, 10):
                results = []
                for one in (plain, faster):
                    p, g, *slots = (each.copy() for each in given)
                    state = dict(zip(plain.slots, slots, strict=True))
                    one.update(p, g, {**state, **{key: each.copy() for key, each in scalars.items()}}, 0.01, step)
                    results.append((p, *slots))
                for got, wanted in zip(*reversed(results), strict=True):
                    same_bytes(got, wanted)
                finish_compiling()


@pytest.mark.parametrize("name", LOSSES)
def test_losses(draw, name, compiled, same_bytes):
    loss = gn.create("loss", f"{name}(from_logits=True)" if name.endswith("crossentropy") else name)
    faster = everything_fused(loss)
    for width in WIDTHS:
        z, labels = draw(600, width), np.arange(600) % width
        rows = np.eye(width, dtype=z.dtype)[labels]
        for y in (rows, labels) if name.startswith("categorical") else (rows,):
            same_bytes(compiled(faster.per_sample, z, y), loss.per_sample(z, y))
            for got, wanted in zip(
                compiled(faster.value_and_gradient, z, y), loss.value_and_gradient(z, y), strict=True
            ):
                same_bytes(got, wanted)
