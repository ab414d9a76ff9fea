"""Networks that are drawn, their samples, and compilers."""

import importlib.util
import shutil
import subprocess
import sys

import numpy as np

import glassnet as gn

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
FLAGS = ["-std=c99", "-O1", *WARNINGS]
# The clang of the package ziglang is there where the system has none; gcc is tried where it is.
COMPILERS = {
    "clang": ["clang"] if shutil.which("clang") else [sys.executable, "-m", "ziglang", "cc"],
    **({"gcc": ["gcc"]} if shutil.which("gcc") else {}),
}
# ziglang would build the library of C++ first, which takes minutes.
CPP_COMPILERS = [name for name in ("g++", "clang++") if shutil.which(name)]
SHAPES = {"row": (6,), "image": (7, 6, 2), "sequence": (5, 4), "words": (5,)}
ACTIVATIONS = (
    *("relu", "tanh", "sigmoid", "elu(0.7)", "selu", "leaky_relu(0.2)", "gelu", "gelu(approximate='tanh')"),
    *("mish", "silu", "softplus", "softplus(3)", "prelu", "log_softmax", "linear"),
)
ROWS = ("dense(5)", "dense(3, bias=False)", "batch_norm", "layer_norm", "dropout", "residual([dense(4), tanh])")
ROWS = (*ROWS, "concat([linear, sequential([dense(2), relu])])")
IMAGES = (
    *("conv2d(3, 3)", "conv2d(4, [2, 3], stride=2, padding='same', groups=2)", "conv2d(2, 2, padding=1, dilation=2)"),
    *("batch_norm", "layer_norm", "concat([conv2d(2, 1), linear])", "residual([conv2d(2, 3, padding='same')])"),
)
POOLS = ("max_pool2d", "avg_pool2d(3, stride=2, padding=1)", "max_pool2d(3, stride=2, padding='same')")
SEQUENCES = (
    *("lstm(4, return_sequences=True)", "gru(4, return_sequences=True)", "lstm(4, return_sequences=True, mask=True)"),
    *("self_attention(2, causal=True)", "self_attention(1, mask=True, bias=False)", "residual([self_attention(2)])"),
    *("layer_norm", "dense(4)"),
)
LAST = ("lstm(3)", "gru(3)", "gru(3, mask=True)", "flatten")


def drawn(rng):
    """Return the kind of the samples, and the layers of a network."""

    def some(choices, count):
        return [str(each) for each in rng.choice(choices, count)]

    kind = str(rng.choice(list(SHAPES)))
    if kind == "row":
        layers = [
            "dense(4)",
            *(each for pair in zip(rows_of(some), some(ACTIVATIONS, 3), strict=True) for each in pair),
        ]
    elif kind == "image":
        layers = [*some(IMAGES, 1), *some(ACTIVATIONS, 1), *some(POOLS, 1), *some(("flatten", "global_avg_pool2d"), 1)]
    else:
        first = ["embedding(7, 4, padding=0)"] if kind == "words" else ["masking"]
        layers = [*first, *some(SEQUENCES, 2), *some(LAST, 1)]
    return kind, " ".join([*layers, *some(("dense(3) softmax", "dense(1) sigmoid", "dense(2)"), 1)])


def rows_of(some):
    """Layers of rows whose widths fit: a residual layer keeps that of the dense layer before it."""
    return [f"dense(4) {each}" if each.startswith("residual") else each for each in some(ROWS, 3)]


def built(kind, layers, seed=0, **given):
    """Return a network whose biases, norms and running statistics are not those of the start."""
    net = gn.Network(layers).build(SHAPES[kind], seed=seed, **given)
    rng = np.random.default_rng(seed)
    net.flat_parameters += 0.2 * rng.standard_normal(net.flat_parameters.size).astype(net.dtype)
    fill(net.state, rng)
    return net


def fill(state, rng):
    for name, value in state.items():
        if isinstance(value, dict):
            fill(value, rng)
        else:
            value[...] = (
                rng.uniform(0.5, 2, value.shape) if name == "running_variance" else rng.normal(size=value.shape)
            )


def samples(kind, count, seed=1):
    """Return samples; sequences have padding at several places, and one is nothing else."""
    rng = np.random.default_rng(seed)
    if kind == "words":
        x = rng.integers(0, 7, (count, *SHAPES[kind]))
        x[0] = 0
        return x
    x = rng.standard_normal((count, *SHAPES[kind])).astype(np.float32)
    if kind == "sequence":
        x[1:4, 3:] = 0
        x[2, 0] = 0
        x[0] = 0
    return x


def difference(outputs, net, x):
    """Return how far outputs are from those of a network, relative to the largest one above 1."""
    expected = net.predict(x)
    return np.abs(np.asarray(outputs).reshape(expected.shape) - expected).max() / max(1, np.abs(expected).max())


def imported(path):
    """Return a module in a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compiled(compiler, source, target, *options):
    subprocess.run([*COMPILERS[compiler], *FLAGS, *options, str(source), "-o", str(target), "-lm"], check=True)
