"""Write PyTorch's results for small sequences into tests/oracle/values, a file a layer. Needs PyTorch, not glassnet.

Run ``python tests/oracle/make_values/sequences.py``. Keys are ``<case>/<what>``; parameters and gradients are in
PyTorch's own layout and names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

VALUES = Path(__file__).parents[1] / "values"
BATCH, TIME, FEATURES, UNITS = 3, 4, 3, 2
LENGTHS = [4, 2, 1]  # the second and third sample have padding behind


def recorded(case: str, module: torch.nn.Module, x: Any, y: Any) -> dict[str, Any]:
    """Return all values of one case; the gradient of the output is drawn here."""
    dy = torch.randn_like(y)
    y.backward(dy)
    values = {"x": x, "y": y, "dy": dy} | ({"dx": x.grad} if x.requires_grad else {})
    for name, parameter in module.named_parameters():
        values |= {name: parameter, f"d {name}": parameter.grad}
    return {f"{case}/{name}": value.detach().numpy() for name, value in values.items()}


def recurrent(case: str, kind: type[torch.nn.RNNBase], *, sequences: bool, padded: bool) -> dict[str, Any]:
    module = kind(FEATURES, UNITS, batch_first=True)
    x = torch.randn(BATCH, TIME, FEATURES)
    if padded:
        for row, length in enumerate(LENGTHS):
            x[row, length:] = 0
    x.requires_grad_()
    lengths = torch.tensor(LENGTHS if padded else [TIME] * BATCH)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    outputs, last = module(packed)
    unpacked, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=TIME)
    h = last[0] if kind is torch.nn.LSTM else last
    return recorded(case, module, x, unpacked if sequences else h[0])


def attention(case: str, *, causal: bool, padded: bool) -> dict[str, Any]:
    module = torch.nn.MultiheadAttention(2 * UNITS, 2, batch_first=True)
    torch.nn.init.normal_(module.in_proj_bias)
    torch.nn.init.normal_(module.out_proj.bias)
    x = torch.randn(BATCH, TIME, 2 * UNITS)
    padding = torch.zeros(BATCH, TIME, dtype=torch.bool)
    if padded:
        for row, length in enumerate(LENGTHS):
            padding[row, length:] = True
    x[padding] = 0
    x.requires_grad_()
    hidden = ~torch.ones(TIME, TIME).tril().bool() if causal else None
    y, _ = module(x, x, x, key_padding_mask=padding, attn_mask=hidden)
    return recorded(case, module, x, y * ~padding[..., None])


def embedding(case: str, padding: int | None) -> dict[str, Any]:
    module = torch.nn.Embedding(5, UNITS, padding_idx=padding)
    x = torch.tensor([[0, 3, 3], [4, 0, 1]])
    return recorded(case, module, x, module(x))


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    for name, kind in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
        write(
            name,
            recurrent("last", kind, sequences=False, padded=False)
            | recurrent("sequences", kind, sequences=True, padded=False)
            | recurrent("last, padded", kind, sequences=False, padded=True)
            | recurrent("sequences, padded", kind, sequences=True, padded=True),
        )
    write(
        "self_attention",
        attention("plain", causal=False, padded=False)
        | attention("padded", causal=False, padded=True)
        | attention("causal, padded", causal=True, padded=True),
    )
    write("embedding", embedding("plain", None) | embedding("padded", 3))


def write(name: str, values: dict[str, Any]) -> None:
    VALUES.mkdir(exist_ok=True)
    np.savez_compressed(VALUES / f"{name}.npz", **values)


if __name__ == "__main__":
    main()
