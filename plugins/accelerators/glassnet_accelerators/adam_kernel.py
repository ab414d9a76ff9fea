"""The kernel of Adam and AdamW."""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled(
    "void(f4[::1], f4[::1], f4[::1], f4[::1], f8, f8, f8, f8, f8)",
    "void(f8[::1], f8[::1], f8[::1], f8[::1], f8, f8, f8, f8, f8)",
)
def adam_step(
    p: gn.Array,
    g: gn.Array,
    m: gn.Array,
    v: gn.Array,
    beta1: float,
    beta2: float,
    epsilon: float,
    lr: float,
    kept: float,
) -> None:
    """Take one step: `epsilon` and `lr` are corrected for the step's number, `kept` is what decay leaves of p."""
    number = p.dtype.type
    beta1, beta2, epsilon, lr, kept = number(beta1), number(beta2), number(epsilon), number(lr), number(kept)
    for i in range(p.size):
        m_i = m[i] * beta1 + g[i]
        v_i = v[i] * beta2 + g[i] * g[i]
        m[i] = m_i
        v[i] = v_i
        p[i] = p[i] * kept - m_i / (np.sqrt(v_i) + epsilon) * lr
