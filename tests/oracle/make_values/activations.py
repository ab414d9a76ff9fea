"""Write PyTorch's results for some numbers into tests/oracle/values/activations.npz. Needs PyTorch, not glassnet.

Run ``python tests/oracle/make_values/activations.py``. ``x`` and ``dy`` are the same for all; ``y`` and
``dx`` have one entry for each of ``specs``, which is how glassnet calls the activations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

VALUES = Path(__file__).parents[1] / "values"

ACTIVATIONS = {
    "elu": F.elu,
    "elu(alpha=1.75)": lambda x: F.elu(x, 1.75),
    "gelu": F.gelu,
    "gelu(approximate='tanh')": lambda x: F.gelu(x, approximate="tanh"),
    "leaky_relu": F.leaky_relu,
    "leaky_relu(negative_slope=0.3)": lambda x: F.leaky_relu(x, 0.3),
    "linear": lambda x: x,
    "log_softmax": lambda x: F.log_softmax(x, dim=-1),
    "mish": F.mish,
    "relu": F.relu,
    "selu": F.selu,
    "sigmoid": F.sigmoid,
    "silu": F.silu,
    "softmax": lambda x: F.softmax(x, dim=-1),
    # Beyond its threshold, 20 by default, PyTorch goes over to the identity.
    "softplus": lambda x: F.softplus(x, threshold=50),
    "softplus(beta=2.5)": lambda x: F.softplus(x, 2.5, threshold=50),
    "tanh": F.tanh,
}


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    # Around zero, exactly zero, in the curved part, and far out; the rows are what softmax works on.
    x = torch.cat([torch.randn(3, 4) * size for size in (0.01, 1, 4, 30)])
    x[0, 0], x[4, 0] = 0, 0
    dy = torch.randn_like(x)
    values = {"x": x, "dy": dy}
    results = [differentiated(function, x, dy) for function in ACTIVATIONS.values()]
    values |= {"y": torch.stack([y for y, _ in results]), "dx": torch.stack([dx for _, dx in results])}
    slopes = torch.tensor([0.25, -0.5, 0, 2]).requires_grad_()
    y, dx = differentiated(lambda x: F.prelu(x, slopes), x, dy)
    values |= {"prelu/slopes": slopes, "prelu/y": y, "prelu/dx": dx, "prelu/dslopes": slopes.grad}
    arrays = {name: value.detach().numpy() for name, value in values.items()}
    np.savez_compressed(VALUES / "activations.npz", specs=np.array(list(ACTIVATIONS)), **arrays)


def differentiated(function: Any, x: Any, dy: Any) -> tuple[Any, Any]:
    """Return the output and the gradient of the input."""
    inputs = x.clone().requires_grad_()
    y = function(inputs)
    y.backward(dy)
    return y.detach(), inputs.grad


if __name__ == "__main__":
    main()
