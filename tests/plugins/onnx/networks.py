"""Networks that are written as ONNX by tests and in a browser: every layer and activation that ONNX can express."""

import numpy as np

import glassnet as gn

SHAPES = {"row": (7,), "image": (9, 8, 3), "sequence": (6, 4), "words": (5,)}
ACTIVATIONS = [
    "relu", "tanh", "sigmoid", "gelu", "gelu(approximate='tanh')", "silu", "mish", "elu", "elu(alpha=0.5)",
    "leaky_relu", "softplus", "softplus(beta=2)", "prelu", "selu", "softmax", "log_softmax",
]  # fmt: skip
NETWORKS = [
    ("row", "dense(5) relu dense(3, bias=False) softmax"),
    ("row", "dense(6) elu(alpha=0.7) dense(6) selu dense(6) leaky_relu(0.2) log_softmax"),
    ("row", "dense(6) gelu dense(6) gelu(approximate='tanh') dense(6) mish dense(6) silu dense(2) tanh"),
    ("row", "dense(6) softplus dense(6) softplus(beta=3) prelu dense(1) sigmoid"),
    ("row", "batch_norm dense(4) layer_norm dropout(0.5) gaussian_noise residual([dense(4), tanh]) linear"),
    ("row", "concat([dense(3), linear, sequential([dense(2), relu])]) dense(2)"),
    ("row", "reshape([7, 1]) dense(3) relu flatten dense(2)"),
    ("image", "conv2d(4, 3) relu max_pool2d flatten dense(3) softmax"),
    ("image", "conv2d(6, [3, 2], stride=2, padding='same', groups=3) batch_norm relu global_avg_pool2d dense(2)"),
    ("image", "conv2d(4, 2, padding=1, dilation=2, bias=False) avg_pool2d(3, stride=2, padding=1) layer_norm flatten"),
    ("image", "max_pool2d(3, stride=2, padding='same') avg_pool2d([2, 3], stride=2, padding='same') softmax"),
    ("image", "residual([conv2d(3, 3, padding='same'), relu]) concat([conv2d(2, 1), linear]) flatten dense(2)"),
    ("image", "reshape([72, 3]) dense(2) prelu flatten dense(2)"),
    ("sequence", "masking dense(2) relu"),
    ("sequence", "lstm(5) dense(2)"),
    ("sequence", "lstm(3, return_sequences=True) gru(4) dense(2)"),
    ("sequence", "gru(3, return_sequences=True) batch_norm dense(2) softmax"),
    ("sequence", "layer_norm self_attention(2, causal=True) residual([self_attention(heads=4, bias=False)]) flatten"),
    ("words", "embedding(9, 4) self_attention(2) flatten dense(2)"),
    ("words", "embedding(9, 4, padding=0) lstm(3) dense(2)"),
    ("words", "dense(5) relu"),
]


def built(kind, layers, seed=0):
    """Return a network whose biases, norms and running statistics are not those of the start."""
    net = gn.Network(layers).build(SHAPES[kind], seed=seed)
    rng = np.random.default_rng(seed)
    net.flat_parameters += 0.2 * rng.standard_normal(net.flat_parameters.size).astype(np.float32)
    for state in net.state.values():
        state["running_mean"] = rng.standard_normal(state["running_mean"].shape)
        state["running_variance"] = rng.uniform(0.5, 2, state["running_variance"].shape)
    return net


def samples(kind, count, seed=1):
    rng = np.random.default_rng(seed)
    if kind == "words":
        return rng.integers(0, 9, (count, *SHAPES[kind]))
    return rng.standard_normal((count, *SHAPES[kind])).astype(np.float32)


def drawn(rng):
    """Return the kind of the samples and the layers of a random network."""
    kind = str(rng.choice(["row", "image", "sequence", "words"]))
    layers = ["embedding(9, 4)"] if kind == "words" else []
    shape = (*SHAPES[kind], 4) if kind == "words" else SHAPES[kind]
    for _ in range(rng.integers(1, 5)):
        layer = str(rng.choice(_choices(rng, len(shape))))
        try:
            shape = gn.Network([layer]).build(shape).output_shape
        except gn.ShapeError:  # an image that has become too small
            continue
        layers.append(layer)
    return kind, [*layers, "flatten", "dense(3)", str(rng.choice(["softmax", "log_softmax", "linear"]))]


def _choices(rng, axes):
    """Return layers for samples with some number of axes."""
    width, last = int(rng.integers(2, 7)), str(rng.choice(ACTIVATIONS))
    choices = [last, "layer_norm", "batch_norm", "dropout(0.3)", f"residual([{last}])", f"concat([{last}, linear])"]
    if axes == 3:
        stride, padding = rng.integers(1, 3), rng.choice(["'same'", "'valid'", "1"])
        return [
            *choices,
            f"conv2d({2 * width}, 2, stride={stride}, padding={padding})",
            f"conv2d({width}, [1, 2], dilation=1, bias=False)",
            f"residual([conv2d(3, 3, padding='same'), {last}])",
            f"max_pool2d(2, stride=1, padding={padding})",
            f"avg_pool2d(2, stride=1, padding={padding})",
            "global_avg_pool2d",
        ]
    choices += [f"dense({width})", f"concat([dense({width}), sequential([dense(2), {last}])])"]
    if axes == 2:
        choices += [f"{name}({width}, return_sequences=True)" for name in ("lstm", "gru")]
        choices += [f"{name}({width})" for name in ("lstm", "gru")] + ["self_attention", "self_attention(causal=True)"]
    return choices
