"""Take some training steps at each line of standard input, and print the seconds of one: a process of `load`.

It uses public names of glassnet alone, so that it measures earlier versions too.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import glassnet as gn

LAYERS = {
    "784-128-64-10": ("dense(128) relu dense(64) relu dense(10) softmax", 64),
    "784-512-512-10": ("dense(512) relu dense(512) relu dense(10) softmax", 128),
}
# Some 0.1 s on an idle machine: long enough to meet the turns that a system gives to other processes.
STEPS = {"784-128-64-10": 300, "784-512-512-10": 60}


def train_with_glassnet(network: str) -> None:
    """Train in one long run that waits before each epoch."""
    layers, batch = LAYERS[network]
    count = STEPS[network] * batch
    data = gn.datasets.mnist().load().train
    x = data.x[:count].reshape(count, 784).astype("float32") / 255
    gn.Network(layers).fit(
        x,
        data.y[:count],
        loss="categorical_crossentropy",
        optimizer="adam",
        epochs=10**6,
        batch_size=batch,
        callbacks=[OnRequest(steps=STEPS[network])],
        seed=0,
        progress=False,
    )


class OnRequest(gn.Callback):
    """Waits for a line before each epoch, and prints the seconds of one step after it.

    It reads nothing from the run, whose names have changed.
    """

    starts: ClassVar[list[float]] = []
    steps: int = gn.option()

    def on_epoch_start(self, run: Any) -> None:
        if not sys.stdin.readline():
            raise SystemExit
        self.starts.append(time.perf_counter())

    def on_epoch_end(self, run: Any) -> None:
        print((time.perf_counter() - self.starts.pop()) / self.steps, flush=True)


def train_with_torch(network: str) -> None:
    """Train with the loop of the benchmark's peer."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from benchmarks.cases import TRAINING
    from benchmarks.data import samples_of
    from benchmarks.peers.ours import first_weights
    from benchmarks.peers.pytorch import DefaultAdam

    case = TRAINING[network]
    peer = DefaultAdam(case, samples_of(case), first_weights(case))
    # A step may take a hundred times as long beside busy processes.
    steps = STEPS[network] // 5
    while sys.stdin.readline():
        start = time.perf_counter()
        peer.first_steps(steps)
        print((time.perf_counter() - start) / steps, flush=True)


if __name__ == "__main__":
    {"glassnet": train_with_glassnet, "torch": train_with_torch}[sys.argv[1]](sys.argv[2])
