"""From the start of a process to 97.5 % of MNIST's test images right: imports and compilation are part of it.

Each peer gets a process of its own, which reads the same images and first weights from files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

NETWORK = "784-128-64-10"
GOAL = 0.975
MOST_EPOCHS = 20
_FEW = 3


def cases() -> dict[str, Any]:
    """Return what measures it, given the number of rounds."""
    return {"97.5 %": reached}


def reached(rounds: int) -> dict[str, Any]:
    """Return everybody's seconds from the start of a process, and the epochs that it took."""
    from benchmarks.peers import FLOOR, available
    from benchmarks.rounds import seconds_by_round

    classes, missing = available()
    names = [name for name in classes if name != FLOOR]
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / "given.npz")
        ends: dict[str, Any] = {}

        def turn(name: str) -> float:
            start = time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.accuracy", name, folder]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                line = process.stdout.readline()
                took = time.perf_counter() - start
            ends[name] = json.loads(line)
            return took

        turns = {name: partial(turn, name) for name in names}
        # All of them take a minute a round.
        counted = rounds if len(names) <= _FEW else max(1, rounds // 2)
        seconds = seconds_by_round(turns, counted, warm_up=False)
    return {
        "title": f"{NETWORK}, batch 64: from process start to {GOAL:.1%} of the test images",
        "seconds": seconds,
        "epochs": {name: end["epochs"] for name, end in ends.items()},
        "not_counted": {
            name: f"it got to {end['accuracy']:.2%} only" for name, end in ends.items() if end["accuracy"] < GOAL
        },
        "missing": missing,
    }


def _write(path: Path) -> None:
    """Write images, labels and first weights where every process finds them."""
    import numpy as np

    from benchmarks.cases import TRAINING
    from benchmarks.data import mnist, samples_of
    from benchmarks.peers.ours import first_weights

    case = TRAINING[NETWORK]
    train, test = samples_of(case), mnist("test")
    weights = {f"w{n}{part}": array for n, pair in enumerate(first_weights(case)) for part, array in enumerate(pair)}
    greys = {"x": train.x, "test_x": test.x}
    np.savez(
        path, y=train.y, test_y=test.y, **{name: np.uint8(np.round(x * 255)) for name, x in greys.items()}, **weights
    )


def run(name: str, folder: str) -> None:
    """Train one peer and say when it is good enough."""
    # Imported here, by the process that is measured: glassnet first, as one who uses it would.
    from benchmarks.peers import peer_class

    kind = peer_class(name)

    import numpy as np

    from benchmarks.cases import TRAINING, Samples

    given = np.load(Path(folder) / "given.npz")
    weights = [(given[f"w{n}0"], given[f"w{n}1"]) for n in range(3)]
    x, test_x = (given[part] * np.float32(1 / 255) for part in ("x", "test_x"))
    test_y = given["test_y"]
    peer = kind(TRAINING[NETWORK], Samples(x, given["y"]), weights)
    peer.start()
    accuracies: list[float] = []

    def enough() -> bool:
        outputs = peer.outputs(test_x)
        assert outputs is not None
        accuracies.append(float((outputs.argmax(axis=1) == test_y).mean()))
        return accuracies[-1] >= GOAL

    peer.train(MOST_EPOCHS, enough)
    print(json.dumps({"epochs": len(accuracies), "accuracy": accuracies[-1]}), flush=True)


if __name__ == "__main__":
    run(*sys.argv[1:])
