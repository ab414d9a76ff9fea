"""Accelerators of other distributions: a run imports those that are for its components alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.accelerator import Accelerator, bracketed

X = np.arange(12, dtype=np.float32).reshape(4, 3)
SOURCE = """
import glassnet as gn

class Other(gn.Accelerator):
    replaces = "optimizer.glassnet.NAME"

    def replacement(self, component):
        return component
"""


def fit(optimizer):
    gn.Network("dense(1)").fit(X, X[:, :1], loss="mse", optimizer=optimizer)


def test_only_accelerators_for_the_components_of_the_run_are_imported(install, registry):
    points = {
        "accelerators/for_sgd": "accel_for_sgd:Other [optimizer.glassnet.sgd]",
        "accelerators/for_lion": "accel_for_lion:Other [optimizer.glassnet.lion]",
        "accelerators/for_all": "accel_for_all:Other",
        "accelerators/for_layer": "accel_for_layer:Other [layer.glassnet.sgd]",
    }
    for name, target in points.items():
        module = target.partition(":")[0]
        source = SOURCE.replace("NAME", "lion" if "lion" in module else "sgd")
        install(f"glassnet-{module.replace('_', '-')}", {name: target}, {module: source})
    fit("sgd")
    assert [name for name in sys.modules if name.startswith("accel_for_")] == ["accel_for_sgd"]
    fit("lion")
    assert sorted(name for name in sys.modules if name.startswith("accel_for_")) == ["accel_for_lion", "accel_for_sgd"]


def test_an_entry_point_that_names_no_component_is_listed_as_not_in_use(install, registry):
    install("glassnet-mine", {"accelerators/mine": "accel_mine:Other"}, {"accel_mine": SOURCE.replace("NAME", "sgd")})
    remark = registry.resolve("accelerator", "mine").remark()
    assert remark.endswith("its entry point does not end in [optimizer.glassnet.sgd]")


def test_entry_points_of_glassnet_say_what_their_accelerators_are_for(registry):
    entries = registry.entries("accelerator")
    assert len(entries) > 10
    for entry in entries:
        accelerator: type[Accelerator] = registry.load(entry)
        assert bracketed(entry) == accelerator.replaces


def test_one_that_fails_when_it_is_asked_again_ends_no_training(registry):
    asked = []

    class Failing(gn.Accelerator):
        replaces = "optimizer.glassnet.sgd"

        def replacement(self, component):
            return component

        @classmethod
        def unavailable_reason(cls):
            asked.append(1)
            if len(asked) > 1:
                raise RuntimeError("the library is gone")

    with (
        gn.registered("accelerator", "failing", Failing),
        pytest.warns(gn.GlassnetWarning, match="library is gone"),
    ):
        fit("sgd")
    assert len(asked) > 1
