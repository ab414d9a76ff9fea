"""Write PyTorch's results for some predictions into tests/oracle/values/losses.npz. Needs PyTorch, not glassnet.

Run ``python tests/oracle/make_values/losses.py``. ``inputs/<name>`` are predictions and targets. Each case is
``<spec>|<activation>|<predictions>|<targets>/<what>``: the loss as glassnet calls it, the activation in front of it
if there is one, and the names of its inputs. ``each`` is the loss of each sample,
``gradient`` the derivative of their weighted mean with respect to what goes into the activation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

VALUES = Path(__file__).parents[1] / "values"
SAMPLES, OUTPUTS = 5, 4


def over_outputs(elements: Any) -> Any:
    return elements.reshape(len(elements), -1).mean(dim=1)


def focal(z: Any, yes: Any, gamma: float, alpha: float) -> Any:
    """As torchvision's ``sigmoid_focal_loss``, which need not be installed."""
    p = torch.sigmoid(z)
    p_true = p * yes + (1 - p) * (1 - yes)
    weight = alpha * yes + (1 - alpha) * (1 - yes)
    return weight * (1 - p_true) ** gamma * F.binary_cross_entropy_with_logits(z, yes, reduction="none")


def class_focal(log_p: Any, labels: Any, gamma: float, alpha: float) -> Any:
    cost = F.nll_loss(log_p, labels, reduction="none")
    return alpha * (1 - torch.exp(-cost)) ** gamma * cost


# Spec, activation, names of predictions and targets, and what PyTorch says of each sample.
CASES: list[tuple[str, str, str, str, Callable[[Any, Any], Any]]] = [
    ("mean_squared_error", "", "z", "numbers", lambda z, t: over_outputs(F.mse_loss(z, t, reduction="none"))),
    ("mean_absolute_error", "", "z", "numbers", lambda z, t: over_outputs(F.l1_loss(z, t, reduction="none"))),
    ("huber", "", "z", "numbers", lambda z, t: over_outputs(F.huber_loss(z, t, reduction="none"))),
    (
        "huber(delta=0.3)", "", "z", "numbers",
        lambda z, t: over_outputs(F.huber_loss(z, t, reduction="none", delta=0.3)),
    ),
    ("binary_crossentropy", "", "p", "yes", lambda p, t: over_outputs(F.binary_cross_entropy(p, t, reduction="none"))),
    (
        "binary_crossentropy", "sigmoid", "z", "q",
        lambda z, t: over_outputs(F.binary_cross_entropy_with_logits(z, t, reduction="none")),
    ),
    (
        "binary_crossentropy(from_logits=True)", "", "z", "yes",
        lambda z, t: over_outputs(F.binary_cross_entropy_with_logits(z, t, reduction="none")),
    ),
    (
        "categorical_crossentropy", "", "rows", "labels",
        lambda p, t: F.nll_loss(torch.log(p), t, reduction="none"),
    ),
    ("categorical_crossentropy", "softmax", "z", "labels", lambda z, t: F.cross_entropy(z, t, reduction="none")),
    (
        "categorical_crossentropy(label_smoothing=0.1)", "softmax", "z", "labels",
        lambda z, t: F.cross_entropy(z, t, reduction="none", label_smoothing=0.1),
    ),
    (
        "categorical_crossentropy(label_smoothing=0.1)", "softmax", "z", "other_rows",
        lambda z, t: F.cross_entropy(z, t, reduction="none", label_smoothing=0.1),
    ),
    (
        "categorical_crossentropy(from_logits=True)", "", "z", "other_rows",
        lambda z, t: F.cross_entropy(z, t, reduction="none"),
    ),
    (
        "kl_divergence", "", "rows", "other_rows",
        lambda p, t: F.kl_div(torch.log(p), t, reduction="none").sum(dim=-1),
    ),
    (
        "kl_divergence", "softmax", "z", "other_rows",
        lambda z, t: F.kl_div(F.log_softmax(z, dim=-1), t, reduction="none").sum(dim=-1),
    ),
    ("hinge", "", "z", "labels", lambda z, t: F.multi_margin_loss(z, t, reduction="none")),
    ("hinge(independent=True)", "", "z", "yes", lambda z, t: over_outputs(F.relu(1 - (2 * t - 1) * z))),
    ("focal(independent=True)", "sigmoid", "z", "yes", lambda z, t: over_outputs(focal(z, t, 2, 0.25))),
    (
        "focal(gamma=0.5, alpha=0.75, independent=True)", "", "p", "yes",
        lambda p, t: over_outputs(focal(torch.logit(p), t, 0.5, 0.75)),
    ),
    ("focal", "softmax", "z", "labels", lambda z, t: class_focal(F.log_softmax(z, dim=-1), t, 2, 0.25)),
    ("focal(gamma=5)", "", "rows", "labels", lambda p, t: class_focal(torch.log(p), t, 5, 0.25)),
]  # fmt: skip


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    shape = SAMPLES, OUTPUTS
    inputs = {
        "z": torch.randn(shape) * 2,
        "p": torch.rand(shape) * 0.9 + 0.05,
        "q": torch.rand(shape),
        "rows": F.softmax(torch.randn(shape), dim=-1),
        "other_rows": F.softmax(torch.randn(shape), dim=-1),
        "numbers": torch.randn(shape),
        "yes": torch.randint(0, 2, shape).to(torch.float64),
        "labels": torch.randint(0, OUTPUTS, (SAMPLES,)),
        "weights": torch.tensor([0.5, 0, 1, 2, 3.5]),
    }
    inputs["other_rows"][0] = torch.eye(OUTPUTS)[1]
    weights = inputs["weights"]
    values = {f"inputs/{name}": value for name, value in inputs.items()}
    for spec, activation, predictions, targets, each_of in CASES:
        case = f"{spec}|{activation}|{predictions}|{targets}"
        y_pred = inputs[predictions].clone().requires_grad_()
        each = each_of(y_pred, inputs[targets])
        value = (each * weights).sum() / weights.sum()
        value.backward()
        values |= {f"{case}/each": each, f"{case}/gradient": y_pred.grad}
    np.savez_compressed(VALUES / "losses.npz", **{name: value.detach().numpy() for name, value in values.items()})


if __name__ == "__main__":
    main()
