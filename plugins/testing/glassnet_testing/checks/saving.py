"""What holds for a layer in training: it learns, and goes on from a file or a break as if nothing had been."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from glassnet.components.activation import Activation
from glassnet.training.loop import train
from glassnet_persistence.model_file import load, to_bytes
from glassnet_testing.cases.short_runs import SAMPLES, Practice, compare_broken_runs, regression
from glassnet_testing.checks.layers import Case, cases
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import same_bytes
from glassnet_testing.tools.scratch import scratch


def _practice(case: Case, *, fresh: bool = False) -> Practice:
    layer = case.example.fresh() if fresh else case.layer
    if isinstance(layer, Activation):
        return regression(["dense(3)", layer])
    x = case.inputs.random(SAMPLES)
    y = np.random.default_rng(6).normal(size=(SAMPLES, 2)).astype(np.float32)
    x = x if case.inputs.integers else x.astype(np.float32)
    return Practice([layer, "flatten", "dense(2)"], x, y, loss="mean_squared_error")


@check(hint="what training changes is in parameters() and state(), nowhere else")
def training_survives_save_and_load(subject: Subject) -> None:
    """A network that was trained, saved and loaded predicts the same and is trained further to the same bytes."""
    for case in cases(subject):
        practice = _practice(case)
        network = practice.network()
        train(practice.run(network))
        with scratch() as folder:
            path = Path(folder) / "model.safetensors"
            path.write_bytes(to_bytes(network))
            loaded = load(path)
        before, after = network.predict(practice.x), loaded.predict(practice.x)
        if not same_bytes(after, before):
            raise Failure(f"{case}, trained, saved and loaded: predictions", before, after)
        for each in (network, loaded):
            train(practice.run(each))
        if not same_bytes(loaded.flat_parameters, network.flat_parameters):
            raise Failure(
                f"{case}, trained on after it was loaded: parameters", network.flat_parameters, loaded.flat_parameters
            )


@check(hint="what training changes is in parameters() and state(), nowhere else; random numbers come from ctx.rng")
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off and continued ends in the same bytes."""
    for case in cases(subject):
        compare_broken_runs(str(case), partial(_practice, case, fresh=True))
