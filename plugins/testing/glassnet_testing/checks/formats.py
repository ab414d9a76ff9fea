"""What holds for every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassnet.network import Network
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite
from glassnet_testing.tools.scratch import scratch


@check(hint="write parameters, state, layers and the shape of the inputs; load makes the network again from them")
def networks_come_back(subject: Subject) -> None:
    """A network that is saved and loaded predicts the same bytes."""
    network = Network("dense(3) batch_norm tanh dense(2)").build((4,), seed=1)
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    for example in subject.examples:
        if not example.component.readable:
            continue
        with scratch() as folder:
            path = Path(folder) / f"model.{subject.name}"
            example.component.save(network, path)
            outputs = example.component.load(path).predict(x)
        if outputs.tobytes() != network.predict(x).tobytes():
            raise Failure(f"{network!r}, saved and loaded", network.predict(x), outputs)


@check(hint="give no time and no random number to the file")
def bytes_are_the_same(subject: Subject) -> None:
    """The same network gives the same bytes."""
    network = Network("dense(3) tanh").build((4,), seed=1)
    for example in subject.examples:
        with scratch() as first, scratch() as second:
            # Of one name: a program may be called after its file.
            paths = [Path(folder) / f"model.{subject.name}" for folder in (first, second)]
            for path in paths:
                example.component.save(network, path)
            if paths[0].read_bytes() != paths[1].read_bytes():
                raise Failure(f"{network!r}, saved twice", "the same bytes", "others")


FORMAT_CHECKS = Suite((networks_come_back, bytes_are_the_same))
