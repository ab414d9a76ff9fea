"""PyTorch on sequences, with its own layers.

Its recurrent layers add two biases where glassnet has one. The second one stays at zero, or Adam would move the sum
twice as far.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.cases import Samples
from benchmarks.peers.pytorch import DefaultAdam

Arrays = dict[str, np.ndarray]


class Characters(torch.nn.Module):
    """An embedding, a GRU and a dense layer for each step."""

    def __init__(self, first: Arrays) -> None:
        super().__init__()
        features, gates = first["1.weights"].shape
        units = gates // 3
        self.embedding = _embedding(first["0.weights"])
        self.gru = torch.nn.GRU(features, units, batch_first=True)
        self.dense = _linear(first["2.weights"], first["2.bias"])
        second = np.zeros_like(first["1.bias"])
        second[2 * units :] = first["1.recurrent_bias"]
        _fill_recurrent(self.gru, first["1.weights"], first["1.recurrent_weights"], first["1.bias"], second)
        moves = torch.zeros(gates)
        moves[2 * units :] = 1
        self.gru.bias_hh_l0.register_hook(lambda gradient: gradient * moves)

    def forward(self, x: Any) -> Any:
        """Return what the softmax is taken of, for each step."""
        return self.dense(self.gru(self.embedding(x))[0])


class Waves(torch.nn.Module):
    """An LSTM, and a dense layer for its last output."""

    def __init__(self, first: Arrays) -> None:
        super().__init__()
        features, gates = first["0.weights"].shape
        self.lstm = torch.nn.LSTM(features, gates // 4, batch_first=True)
        self.dense = _linear(first["1.weights"], first["1.bias"])
        arrays = [first[f"0.{name}"] for name in ("weights", "recurrent_weights", "bias")]
        _fill_recurrent(self.lstm, *arrays, np.zeros(gates, np.float32))
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, x: Any) -> Any:
        """Return the next value of each wave."""
        return self.dense(self.lstm(x)[0][:, -1])


class Block(torch.nn.Module):
    """Attention to earlier steps and two dense layers, each added to its normalized input."""

    def __init__(self, first: Arrays, attention: str, dense: str, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.first_norm = _norm(first, f"{attention}.0")
        self.projections = _linear(first[f"{attention}.1.weights"], first[f"{attention}.1.bias"])
        self.output = _linear(first[f"{attention}.1.output_weights"], first[f"{attention}.1.output_bias"])
        self.second_norm = _norm(first, f"{dense}.0")
        self.wide = _linear(first[f"{dense}.1.weights"], first[f"{dense}.1.bias"])
        self.narrow = _linear(first[f"{dense}.3.weights"], first[f"{dense}.3.bias"])

    def forward(self, x: Any) -> Any:
        """Return what the next block reads."""
        x = x + self._attention(self.first_norm(x))
        return x + self.narrow(torch.nn.functional.gelu(self.wide(self.second_norm(x))))

    def _attention(self, x: Any) -> Any:
        parts = self.projections(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = torch.nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
        return self.output(attended.transpose(1, 2).flatten(2))


class Transformer(torch.nn.Module):
    """An embedding, two blocks, and a dense layer for each step."""

    def __init__(self, first: Arrays) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            _embedding(first["0.weights"]),
            Block(first, "1", "2"),
            Block(first, "3", "4"),
            _norm(first, "5"),
            _linear(first["6.weights"], first["6.bias"]),
        )

    def forward(self, x: Any) -> Any:
        """Return what the softmax is taken of, for each step."""
        return self.layers(x)


MODELS: dict[str, type[torch.nn.Module]] = {
    "Characters": Characters,
    "Waves": Waves,
    "Transformer": Transformer,
}


class SequenceDefaultAdam(DefaultAdam):
    """Eager PyTorch with ``torch.optim.Adam`` as it is by default."""

    def __init__(self, case: Any, samples: Samples, first: Arrays) -> None:
        self.case, self.samples = case, samples
        self.x, self.y = torch.from_numpy(samples.x), torch.from_numpy(samples.y)
        self.model = MODELS[case.model](first)
        self.first = [parameter.detach().clone() for parameter in self.model.parameters()]
        is_numbers = case.output == "linear"
        self.loss_of = torch.nn.MSELoss() if is_numbers else torch.nn.CrossEntropyLoss()
        self.probabilities = torch.nn.Identity() if is_numbers else torch.nn.Softmax(dim=-1)

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        outputs = self.model(x)
        if self.case.output == "linear":
            return self.loss_of(outputs, y)
        return self.loss_of(outputs.flatten(0, 1), y.flatten())


class SequenceFusedAdam(SequenceDefaultAdam):
    """Eager PyTorch with Adam in one kernel."""

    fused = True


def _tensor(array: np.ndarray) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.from_numpy(np.array(array, order="C")))


def _linear(weights: np.ndarray, bias: np.ndarray) -> torch.nn.Linear:
    made = torch.nn.Linear(*weights.shape)
    made.weight, made.bias = _tensor(weights.T), _tensor(bias)
    return made


def _embedding(weights: np.ndarray) -> torch.nn.Embedding:
    return torch.nn.Embedding.from_pretrained(_tensor(weights), freeze=False)


def _norm(first: Arrays, name: str) -> torch.nn.LayerNorm:
    made = torch.nn.LayerNorm(len(first[f"{name}.scale"]))
    made.weight, made.bias = _tensor(first[f"{name}.scale"]), _tensor(first[f"{name}.shift"])
    return made


def _fill_recurrent(
    module: Any, weights: np.ndarray, recurrent: np.ndarray, bias: np.ndarray, second: np.ndarray
) -> None:
    module.weight_ih_l0, module.weight_hh_l0 = _tensor(weights.T), _tensor(recurrent.T)
    module.bias_ih_l0, module.bias_hh_l0 = _tensor(bias), _tensor(second)
