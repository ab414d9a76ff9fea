"""One epoch of MNIST, 784-128-64-10, batch 64, Adam: glassnet beside PyTorch, in one process.

Run ``python -m benchmarks.epoch``. Both start from the same weights and see the same batches; their losses
after the first epoch are printed and have to agree.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch

import glassnet as gn
from benchmarks.rounds import ratio_text, seconds_by_round, seconds_text

WIDTHS = (784, 128, 64, 10)
BATCH = 64
ROUNDS = 7


class Ours:
    def __init__(self, x: gn.Array, y: gn.Array) -> None:
        self.x, self.y = x, y
        self.net = gn.Network("dense(128) relu dense(64) relu dense(10) softmax").build((WIDTHS[0],), seed=0)

    def epoch(self) -> float:
        history = self.net.fit(self.x, self.y, loss="cce", optimizer="adam", batch_size=BATCH, seed=0, progress=False)
        return history["loss"][0]


class Theirs:
    """The loop that PyTorch's own tutorials write, on tensors that are ready before the clock starts."""

    def __init__(self, x: gn.Array, y: gn.Array, start: gn.Network, fused: bool) -> None:
        self.x, self.y = torch.from_numpy(x.copy()), torch.from_numpy(y.astype(np.int64))
        dense = [torch.nn.Linear(features, units) for features, units in itertools.pairwise(WIDTHS)]
        for layer, index in zip(dense, (0, 2, 4), strict=True):
            with torch.no_grad():
                layer.weight[:] = torch.from_numpy(start.parameters[f"{index}.weights"].T.copy())
                layer.bias[:] = torch.from_numpy(start.parameters[f"{index}.bias"].copy())
        self.model = torch.nn.Sequential(dense[0], torch.nn.ReLU(), dense[1], torch.nn.ReLU(), dense[2])
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.001, fused=fused)

    def epoch(self) -> float:
        from glassnet.randomness import stream

        order = torch.from_numpy(stream(0, "shuffle", 0).permutation(len(self.x)))
        loss_of = torch.nn.CrossEntropyLoss()
        total = 0.0
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            x, y = self.x[chosen], self.y[chosen]
            self.optimizer.zero_grad()
            loss = loss_of(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(chosen)
        return total / len(order)


def main() -> None:
    data = gn.datasets.mnist().load().train
    x = (data.x.reshape(len(data.x), -1) / np.float32(255)).astype(np.float32)
    ours = Ours(x, data.y)
    peers = {
        "PyTorch, default Adam": Theirs(x, data.y, ours.net, fused=False),
        "PyTorch, fused Adam": Theirs(x, data.y, ours.net, fused=True),
    }
    first = {"glassnet": ours.epoch(), **{name: peer.epoch() for name, peer in peers.items()}}
    seconds = seconds_by_round({"glassnet": ours.epoch, **{name: peer.epoch for name, peer in peers.items()}}, ROUNDS)
    print(f"MNIST, {'-'.join(map(str, WIDTHS))}, batch {BATCH}, one epoch, {torch.get_num_threads()} threads")
    for name, values in seconds.items():
        assert math.isclose(first[name], first["glassnet"], rel_tol=0.02), (name, first)
        ratio = f"   glassnet / this: {ratio_text(seconds['glassnet'], values)}" if name != "glassnet" else ""
        print(f"{name:24} {seconds_text(values)}   first loss {first[name]:.4f}{ratio}")


if __name__ == "__main__":
    main()
