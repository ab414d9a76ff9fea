"""Layers in NumPy for whole batches: the text of these functions goes into the file that `net.save("m.py")` writes.

A function has the formula and the source of its layer as its docstring there.
"""

# What is written must be readable by itself: no annotations, and nothing but NumPy.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,no-any-return"

import numpy as np


def dense(x, weights, bias=None):
    y = x @ weights
    return y if bias is None else y + bias


def windows_of(x, size, stride, around, dilation=(1, 1), value=0):
    """Return all that each window sees: (batch, rows, columns, height, width, channels)."""
    padded = np.pad(x, ((0, 0), around[0], around[1], (0, 0)), constant_values=value)
    reach = tuple(d * (s - 1) + 1 for d, s in zip(dilation, size))
    views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    seen = views[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return seen.transpose(0, 1, 2, 4, 5, 3)


def conv2d(x, weights, bias=None, stride=(1, 1), around=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    seen = windows_of(x, weights.shape[:2], stride, around, dilation)
    parts = [
        np.tensordot(of_group, filters, axes=3)
        for of_group, filters in zip(np.split(seen, groups, axis=-1), np.split(weights, groups, axis=-1))
    ]
    y = np.concatenate(parts, axis=-1)
    return y if bias is None else y + bias


def max_pool2d(x, size, stride, around):
    return windows_of(x, size, stride, around, value=-np.inf).max(axis=(3, 4)) + 0


def avg_pool2d(x, size, stride, around):
    pixels = windows_of(np.ones_like(x[:1]), size, stride, around).sum(axis=(3, 4))
    return windows_of(x, size, stride, around).sum(axis=(3, 4)) / pixels


def global_avg_pool2d(x):
    return x.mean(axis=(1, 2))


def batch_norm(x, scale, shift, mean, variance, epsilon):
    return scale * (x - mean) / np.sqrt(variance + epsilon) + shift


def layer_norm(x, scale, shift, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return scale * centred / np.sqrt(variance + epsilon) + shift


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def prelu(x, slopes):
    return np.where(x > 0, x, slopes * x)


def embedding(x, weights, padding=None):
    if not ((x >= 0) & (x < len(weights)) & (x == np.floor(x))).all():
        raise ValueError(f"x has other numbers than the indices 0 to {len(weights) - 1}")
    indices = x.astype(int)
    y = weights[indices]
    return y if padding is None else np.where((indices == padding)[..., np.newaxis], 0, y)


def is_not(x, value):
    """Return which steps are real: the index `value` is padding."""
    return x != value


def any_is_not(x, value):
    """Return which steps are real: a step whose features all are `value` is padding."""
    return np.any(x != value, axis=tuple(range(2, x.ndim)))


def both(first, second):
    """Return which steps are real in both masks."""
    return first & second


def sigmoid(z):
    return np.tanh(z * 0.5) * 0.5 + 0.5


def lstm(x, mask, weights, recurrent_weights, bias, return_sequences=False):
    h = c = np.zeros((len(x), len(recurrent_weights)), x.dtype)
    outputs = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ weights + h @ recurrent_weights + bias, 4, axis=1)
        new_c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        new_h = sigmoid(o) * np.tanh(new_c)
        if mask is not None:  # a padded step leaves cell and output as they are
            real = mask[:, t, np.newaxis]
            new_c, new_h = np.where(real, new_c, c), np.where(real, new_h, h)
        h, c = new_h, new_c
        outputs.append(h if mask is None else np.where(real, h, 0))
    return np.stack(outputs, axis=1) if return_sequences else h


def gru(x, mask, weights, recurrent_weights, bias, recurrent_bias, return_sequences=False):
    h = np.zeros((len(x), len(recurrent_weights)), x.dtype)
    outputs = []
    for t in range(x.shape[1]):
        x_r, x_z, x_n = np.split(x[:, t] @ weights + bias, 3, axis=1)
        h_r, h_z, h_n = np.split(h @ recurrent_weights, 3, axis=1)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = np.tanh(x_n + r * (h_n + recurrent_bias))
        new_h = (1 - z) * n + z * h
        if mask is not None:  # a padded step leaves the output as it is
            real = mask[:, t, np.newaxis]
            new_h = np.where(real, new_h, h)
        h = new_h
        outputs.append(h if mask is None else np.where(real, h, 0))
    return np.stack(outputs, axis=1) if return_sequences else h


def self_attention(x, mask, weights, bias, output_weights, output_bias, heads=1, causal=False):
    batch, time, features = x.shape
    real = np.ones((batch, time), bool) if mask is None else mask
    projected = x @ weights + (0 if bias is None else bias)
    q, k, v = projected.reshape(batch, time, 3, heads, -1).transpose(2, 0, 3, 1, 4)
    looked_at = real[:, np.newaxis, np.newaxis] & (np.tri(time, dtype=bool) if causal else True)
    scores = np.where(looked_at, q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]).astype(x.dtype), -np.inf)
    # Where nothing is left to look at, all weights are 0.
    e = np.exp(scores - np.maximum(scores.max(axis=-1, keepdims=True), np.finfo(x.dtype).min))
    attention = e / np.maximum(e.sum(axis=-1, keepdims=True), 0.5)
    mixed = (attention @ v).transpose(0, 2, 1, 3).reshape(batch, time, features)
    y = mixed @ output_weights + (0 if output_bias is None else output_bias)
    return y * real[..., np.newaxis]


def add(x, change):
    return x + change


def concat(*branches):
    return np.concatenate(branches, axis=-1)
