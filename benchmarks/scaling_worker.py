"""A rank of ``benchmarks.scaling``: times sums and steps in turns, and prints them as JSON on rank 0."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import numpy as np

import glassnet as gn
from glassnet_distributed.mpi_communicator import communicator
from glassnet_distributed.step_buffer import StepBuffer
from glassnet_distributed.threads import share_cores

NETWORKS = (("784-128-64-10", 64), ("784-512-512-10", 128), ("784-1024-1024-10", 256))
SIZES = (64, 2_680_000, 8_000_000)
ROUNDS, STEPS = 7, 20


def main() -> None:
    ranks = communicator()
    share_cores(ranks)
    sums = {str(size): [_sum(ranks, size) for _ in range(ROUNDS)] for size in SIZES}
    networks = [_network(ranks, widths, batch) for widths, batch in NETWORKS]
    if ranks.rank == 0:
        print(json.dumps({"sums": sums, "networks": networks}))


def _sum(ranks: Any, size: int) -> float:
    vector = np.zeros(size // 4, np.float32)
    took = []
    for _ in range(10):
        ranks.gather(None)
        start = time.perf_counter()
        ranks.sum(vector)
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def _network(ranks: Any, widths: str, batch: int) -> dict[str, Any]:
    first, *hidden, last = map(int, widths.split("-"))
    layers = [word for width in hidden for word in (f"dense({width})", "relu")] + [f"dense({last})", "softmax"]
    rng = np.random.default_rng(0)
    x = rng.random((batch * STEPS * ranks.size, first), np.float32)
    y = rng.integers(0, last, len(x))
    own = slice(ranks.rank, None, ranks.size)
    took: dict[str, list[float]] = {"computing": [], "packing": [], "step": []}
    net = gn.Network(layers).build(first, seed=0)
    parameters = net.layout.size
    for _ in range(-1, ROUNDS):
        # Both at once without each other, and both together.
        ranks.gather(None)
        took["packing"].append(_packing(net))
        took["computing"].append(_fit(net, x[own], y[own], batch, False))
        ranks.gather(None)
        net.flat_parameters[:] = ranks.broadcast(net.flat_parameters)
        took["step"].append(_fit(net, x, y, batch, True))
    return {"layers": widths, "batch": batch, "parameters": parameters, **{name: t[1:] for name, t in took.items()}}


def _packing(net: gn.Network) -> float:
    buffer = StepBuffer(net.gradients, [], 0)
    start = time.perf_counter()
    for _ in range(STEPS):
        buffer.fill(1.0, 1.0, 1, np.empty(0))
        buffer.read()
    return (time.perf_counter() - start) / STEPS


def _fit(net: gn.Network, x: gn.Array, y: gn.Array, batch: int, distributed: bool) -> float:
    clock = _Clock()
    net.fit(x, y, loss="cce", optimizer="adam", batch_size=batch, callbacks=[clock], distributed=distributed,
            progress=False)  # fmt: skip
    return clock.seconds / STEPS


class _Clock(gn.Callback):
    """Takes the time from the first batch to the last."""

    frozen = False
    __setattr__ = object.__setattr__
    seconds = 0.0

    def on_epoch_start(self, run: gn.Run) -> None:
        self._start = time.perf_counter()

    def on_train_epoch_end(self, run: gn.Run) -> None:
        self.seconds = time.perf_counter() - self._start


if __name__ == "__main__":
    main()
