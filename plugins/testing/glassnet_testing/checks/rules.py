"""What holds for every rule of the doctor."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.types import Array
from glassnet_doctor.case import Case
from glassnet_doctor.diagnose import case_of
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite
from glassnet_testing.tools.compare import same_bytes

_TRAINING: dict[str, Any] = {"optimizer": "nadam(lr=0.01)", "epochs": 40, "batch_size": 16, "progress": False}


@check(hint="def examine(self, case): …")
def it_examines(subject: Subject) -> None:
    """The class says what it looks for."""
    if subject.component.examine is subject.kind.base_class().__dict__["examine"]:
        raise Failure(subject.title, "a method examine()", "that of the base class, which is abstract")


@check(hint="yield nothing if the rule is not sure, and change nothing of the case")
def healthy_trainings_have_no_finding(subject: Subject) -> None:
    """The rule does not find fault with each of several networks that learn well, and leaves them as they are."""
    for example in subject.examples:
        cases = [case for case in _healthy() if case.knows(*example.component.needs)]
        before = [case.network.flat_parameters.copy() for case in cases]
        found = [list(example.component.examine(case)) for case in cases]
        # A rule may be about something that one of them has, such as inputs below zero.
        if found and all(found):
            told = f"{example.text}, in {len(cases)} networks that learn well"
            raise Failure(told, "no finding in some", f"{found[0][0].where}: {found[0][0].problem}")
        for case, parameters in zip(cases, before, strict=True):
            if not same_bytes(case.network.flat_parameters, parameters):
                raise Failure(f"{example.text}, the parameters afterwards", "as before", "others")


@cache
def _healthy() -> list[Case]:
    """Return networks that learn their data well, of classes and of values, before and after; the rules share them."""
    rng = np.random.default_rng(0)
    signed, positive = rng.normal(size=(240, 3)).astype("float32"), rng.random((240, 4), dtype=np.float32)
    classes = (signed[:, 0] * signed[:, 1] > 0).astype(np.int64)
    values = np.sin(3 * positive[:, :1]) + positive[:, 1:2]
    of_classes = _before_and_after("dense(24) elu dense(24) elu dense(2) softmax", signed, classes, "cross_entropy")
    return [*of_classes, *_before_and_after("dense(24) elu dense(1)", positive, values, "mse")]


def _before_and_after(layers: str, x: Array, y: Array, loss: str) -> list[Case]:
    network, train, validation = gn.Network(layers), gn.Split(x[:120], y[:120]), gn.Split(x[120:], y[120:])
    untrained = case_of(network, train, None, None)
    network.fit(train.x, train.y, loss=loss, seed=5, **_TRAINING)
    return [untrained, case_of(network, train, None, validation)]


RULE_CHECKS = Suite((it_examines, healthy_trainings_have_no_finding))
