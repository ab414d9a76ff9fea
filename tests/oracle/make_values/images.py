"""Write PyTorch's results for small images into tests/oracle/values, a file a layer. Needs PyTorch, not glassnet.

Run ``python tests/oracle/make_values/images.py``. Keys are ``<case>/<what>``; images, parameters and gradients are in
PyTorch's own layout, ``(batch, channels, height, width)``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

VALUES = Path(__file__).parents[1] / "values"


def recorded(
    case: str, function: Callable[..., Any], shape: tuple[int, ...], **parameters: tuple[int, ...]
) -> dict[str, Any]:
    """Return input, output and all gradients of a function of an input and parameters, all drawn here."""
    x = torch.randn(shape, requires_grad=True)
    drawn = {name: torch.randn(size, requires_grad=True) for name, size in parameters.items()}
    y = function(x, **drawn)
    dy = torch.randn_like(y)
    y.backward(dy)
    values = {"x": x, "y": y, "dy": dy, "dx": x.grad}
    for name, parameter in drawn.items():
        values |= {name: parameter, f"d {name}": parameter.grad}
    return {f"{case}/{name}": value.detach().numpy() for name, value in values.items()}


def convolution(case: str, groups: int = 1, **options: Any) -> dict[str, Any]:
    def convolve(x: Any, weight: Any, bias: Any) -> Any:
        return functional.conv2d(x, weight, bias, groups=groups, **options)

    return recorded(case, convolve, (2, 2, 4, 5), weight=(2, 2 // groups, 3, 2), bias=(2,))


def batch_norm(case: str, shape: tuple[int, ...], training: bool) -> dict[str, Any]:
    mean, variance = torch.randn(shape[1]), torch.rand(shape[1]) + 0.5
    before = {"running_mean before": mean.clone(), "running_variance before": variance.clone()}

    def normalize(x: Any, weight: Any, bias: Any) -> Any:
        return functional.batch_norm(x, mean, variance, weight, bias, training=training, momentum=0.2, eps=1e-3)

    values = recorded(case, normalize, shape, weight=shape[1:2], bias=shape[1:2])
    state = before | {"running_mean": mean, "running_variance": variance}
    return values | {f"{case}/{name}": value.numpy() for name, value in state.items()}


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    size = (2, 2, 4, 5)
    write(
        "conv2d",
        convolution("plain")
        | convolution("spread", stride=(1, 2), padding=(2, 1), dilation=(2, 1))
        | convolution("groups", groups=2, stride=2, padding=1),
    )
    write(
        "max_pool2d",
        recorded("plain", lambda x: functional.max_pool2d(x, 2), size)
        | recorded("overlapping", lambda x: functional.max_pool2d(x, 3, 2, 1), size),
    )
    write(
        "avg_pool2d",
        recorded("plain", lambda x: functional.avg_pool2d(x, 2), size)
        | recorded("overlapping", lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False), size),
    )
    write("global_avg_pool2d", recorded("plain", lambda x: functional.adaptive_avg_pool2d(x, 1).flatten(1), size))
    write(
        "batch_norm",
        batch_norm("training", (3, 2, 2, 3), training=True)
        | batch_norm("predicting", (3, 2, 2, 3), training=False)
        | batch_norm("rows", (5, 3), training=True),
    )
    write(
        "layer_norm",
        recorded(
            "plain",
            lambda x, weight, bias: functional.layer_norm(x, (4,), weight, bias),
            (2, 3, 4),
            weight=(4,),
            bias=(4,),
        ),
    )
    write("dense", recorded("plain", functional.linear, (3, 4), weight=(2, 4), bias=(2,)))
    write("flatten", recorded("plain", torch.nn.Flatten(), (3, 2, 4)))
    write("reshape", recorded("plain", torch.nn.Unflatten(1, (2, 3)), (4, 6)))


def write(name: str, values: dict[str, Any]) -> None:
    VALUES.mkdir(exist_ok=True)
    np.savez_compressed(VALUES / f"{name}.npz", **values)


if __name__ == "__main__":
    main()
