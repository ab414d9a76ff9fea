"""What the measurements are to reach."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks.peers import DEFAULT_ADAM, FLOOR, FUSED_ADAM, JAX, OURS, PLAIN, REFERENCE, SCIKIT_LEARN
from benchmarks.targets import PYTORCH, Target, beside, geometric_mean, median, megabytes, more, ratio_to_fastest, worst
from benchmarks.whole_fit import FIRST, FURTHER, NETWORKS

# The names of what is trained, in `cases.TRAINING` and `sequences.SEQUENCES`.
TRAINED = {
    "XOR step": "xor",
    "784-128-64-10, batch 64": "784-128-64-10",
    "784-128-10, batch 128": "784-128-10",
    "784-512-512-10, batch 128": "784-512-512-10",
    "784-2048-2048-10, batch 256": "784-2048-2048-10",
    "convolutional": "convolutional",
}
ON_SEQUENCES = {
    "characters, a GRU": "characters",
    "sine, an LSTM": "sine",
    "a small transformer": "transformer",
}
_SMALL, _SMALLER, _MIDDLE, _LARGE = list(TRAINED)[1:5]
_DENSE = {about: f"training/{case}" for about, case in TRAINED.items() if about != "convolutional"}
# Kinds of layers, and the rest of the names of their results.
_LAYERS = {
    "layer_norm": (", batch 32, 64 steps of 128", ", batch 16, 256 steps of 256"),
    "batch_norm": (" of 16 channels, batch 64 of 28x28", " of 64 channels, batch 32 of 14x14"),
    "max_pool2d": (" of 16 channels, batch 64 of 28x28", " of 64 channels, batch 32 of 14x14"),
    "conv2d": (
        " 16 to 32, 3x3, batch 64 of 28x28",
        " 64 to 64, 3x3, batch 32 of 14x14",
        " 1 to 16, relu, 16 to 32, relu, batch 64 of 28x28",
    ),
}
_OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adagrad", "adam", "adamw", "nadam", "radam")
# The number of parameters, and our part of the time of PyTorch's default Adam.
_SIZES = {"0.1 M": 0.3, "0.7 M": 0.4, "6 M": 0.3}
_THIRD = 1 / 3


def _adams(default: float, fused: float, jax: float, products: float | None = None) -> dict[str, float]:
    bounds = {DEFAULT_ADAM: default, FUSED_ADAM: fused, JAX: jax}
    return bounds if products is None else bounds | {FLOOR: products}


def _training() -> list[Target]:
    bounds = {
        "XOR step": _adams(0.25, 0.4, 0.5),
        _SMALL: _adams(0.45, 0.6, 0.7, 1.7),
        _SMALLER: _adams(0.5, 0.7, 0.7, 1.5),
        _MIDDLE: _adams(0.7, 0.85, 0.75, 1.15),
        _LARGE: _adams(0.85, 0.95, 0.9, 1.08),
        "convolutional": _adams(0.75, 0.85, 1.0),
    }
    plain = {_SMALL: 0.6, _MIDDLE: 1.0, _LARGE: 1.05}
    return [
        *[target for about, each in bounds.items() for target in beside(about, f"training/{TRAINED[about]}", each)],
        *[
            target
            for about, each in plain.items()
            for target in beside(about, _DENSE[about], {DEFAULT_ADAM: each}, PLAIN)
        ],
        *[target for about, case in _DENSE.items() for target in beside(about, case, {SCIKIT_LEARN: 0.4})],
        *[
            target
            for about, case in ON_SEQUENCES.items()
            for target in beside(about, f"sequences/{case}", {DEFAULT_ADAM: 0.9, JAX: 0.8})
        ],
    ]


def _layers() -> list[Target]:
    return [
        replace(target, figure=f"{shape.lstrip(', of')}: {target.figure}")
        for kind, shapes in _LAYERS.items()
        for shape in shapes
        for ours, bound in ((OURS, 0.9), (PLAIN, 1.5))
        for target in beside(f"{kind} alone", f"layers/{kind}{shape}", {PYTORCH: bound}, ours)
    ]


def _optimizers() -> list[Target]:
    fastest = [
        Target(
            "optimizers alone",
            f"{name} of {size}: our time / PyTorch's fastest form",
            0.9,
            f"optimizers/{name} {size}",
            ratio_to_fastest,
        )
        for name in _OPTIMIZERS
        for size in _SIZES
    ]
    defaults = [
        replace(target, figure=f"adam of {size}: {target.figure}")
        for size, bound in _SIZES.items()
        for target in beside("optimizers alone", f"optimizers/adam {size}", {"PyTorch, default": bound})
    ]
    return fastest + defaults


def _fits() -> list[Target]:
    return [
        target
        for name, bound in zip(NETWORKS, (0.85, 0.95), strict=True)
        for ours, named in ((FIRST, "the first fit of a process"), (FURTHER, "a further fit"))
        for target in beside(f"a whole fit of {name}", f"whole_fit/{name}", {JAX: bound}, ours, named)
    ]


TARGETS = [
    *_training(),
    *_fits(),
    *beside("predict 1 sample", "prediction/1", {DEFAULT_ADAM: 0.6, JAX: 0.5}),
    *beside("predict 10,000 samples", "prediction/10000", {DEFAULT_ADAM: 0.8, JAX: 1.0}),
    *beside("time to 97.5 % on MNIST", "accuracy/97.5 %", {DEFAULT_ADAM: 0.33, JAX: 0.5}),
    *_layers(),
    *_optimizers(),
    Target("activations and losses", "geometric mean of our time / PyTorch", 0.8, "elementwise", geometric_mean),
    Target("activations and losses", "the largest of our time / PyTorch", 1.2, "elementwise", worst),
    *beside("a third party's optimizer", "fusion/adabelief 700,000", {REFERENCE: _THIRD}),
    *beside("a third party's activation", "fusion/gated_sine 700,000", {REFERENCE: _THIRD}),
    Target("memory", "peak of `glassnet train mnist`", 150, "memory/train mnist", megabytes, " MB"),
    Target(
        "memory", "peak of `glassnet train mnist --epochs 1`", 150, "memory/train mnist --epochs 1", megabytes, " MB"
    ),
    *beside("start", "starting/import", {"import numpy": 1.3}, "import glassnet", "`import glassnet`"),
    Target("start", "`glassnet --help`", 250, "starting/help", partial(median, "glassnet --help", 1000), " ms"),
    Target("start", "what 1,000 plugins add to `glassnet --help`", 150, "plugins/glassnet --help", more, " ms"),
    Target("data", "MNIST loaded", 0.5, "starting/mnist", partial(median, "MNIST loaded", 1), " s"),
]


def asked() -> dict[str, set[str]]:
    """Return who has to be measured in each case, or section, of which there is a target."""
    found: dict[str, set[str]] = {"profiles": {OURS}}  # shown where a target is missed
    for target in TARGETS:
        found.setdefault(target.case, {OURS}).update(target.peers)
    return found
