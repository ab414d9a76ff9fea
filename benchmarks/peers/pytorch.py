"""PyTorch: the loop that its own tutorials write, on tensors that are ready before the clock starts."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.cases import Case, Convolution, Dense, Samples, Weights
from benchmarks.peers.peer import Peer


class DefaultAdam(Peer):
    """Eager PyTorch with ``torch.optim.Adam`` as it is by default."""

    fused: bool | None = None

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        self.x, self.y = self._tensor(samples.x), torch.from_numpy(samples.y)
        self.model, self.first = _model(case, weights)
        self.loss_of = torch.nn.BCEWithLogitsLoss() if case.output == "sigmoid" else torch.nn.CrossEntropyLoss()
        self.probabilities = torch.sigmoid if case.output == "sigmoid" else torch.nn.Softmax(dim=1)

    def _tensor(self, x: np.ndarray) -> torch.Tensor:
        """Return images with channels first, as PyTorch has them; all else as it is."""
        return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x)

    def loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.loss_of(self.model(x), y)

    def start(self) -> None:
        with torch.no_grad():
            for parameter, first in zip(self.model.parameters(), self.first, strict=True):
                parameter.copy_(first)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.001, fused=self.fused)

    def epoch(self, order: np.ndarray) -> None:
        indices = torch.from_numpy(order)
        total = 0.0
        for begin in range(0, len(indices), self.case.batch):
            chosen = indices[begin : begin + self.case.batch]
            self.optimizer.zero_grad()
            loss = self.loss(self.x[chosen], self.y[chosen])
            loss.backward()
            self.optimizer.step()
            total += loss.item()

    def outputs(self, x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self.probabilities(self.model(self._tensor(x))).numpy()


class FusedAdam(DefaultAdam):
    """Eager PyTorch with Adam in one kernel."""

    fused = True


class Compiled(FusedAdam):
    """Network and loss compiled by ``torch.compile``, and fused Adam."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        torch.compiler.reset()  # after some networks it would give up on new ones, without an error
        self.loss = torch.compile(super().loss)

    @classmethod
    def why_not_here(cls) -> str | None:
        try:
            torch.compile(lambda x: torch.relu(x) + 1)(torch.ones(3))
        except Exception as error:
            return f"torch.compile does not work here: {str(error).splitlines()[0]}"
        return None


def _model(case: Case, weights: Weights) -> tuple[torch.nn.Sequential, list[torch.Tensor]]:
    """Return the network, and what its parameters have to be at the start."""
    modules: list[torch.nn.Module] = []
    first: list[torch.Tensor] = []
    unused = iter(weights)
    shape = case.input_shape
    flattened: tuple[int, ...] | None = None
    for layer in case.layers:
        match layer:
            case Dense(units):
                weight, bias = next(unused)
                if flattened is not None:  # its features come channel by channel here
                    weight = weight.reshape(*flattened, units).transpose(2, 0, 1, 3).reshape(-1, units)
                    flattened = None
                modules.append(torch.nn.Linear(len(weight), units))
                first += [_copied(weight.T), _copied(bias)]
            case Convolution(filters):
                weight, bias = next(unused)
                modules.append(torch.nn.Conv2d(weight.shape[2], filters, 3))
                first += [_copied(weight.transpose(3, 2, 0, 1)), _copied(bias)]
                shape = (shape[0] - 2, shape[1] - 2, filters)
            case "max_pool":
                modules.append(torch.nn.MaxPool2d(2))
                shape = (shape[0] // 2, shape[1] // 2, shape[2])
            case "flatten":
                modules.append(torch.nn.Flatten())
                flattened = shape
            case "relu":
                modules.append(torch.nn.ReLU())
            case "tanh":
                modules.append(torch.nn.Tanh())
    return torch.nn.Sequential(*modules), first


def _copied(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy())
