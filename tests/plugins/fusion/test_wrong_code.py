"""Code that would give other bytes: the trial keeps it from being used, and the conformance kit finds it."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.testing import check_component
from glassnet_fusion import native, program, programs
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling
from glassnet_testing.runner.report import ConformanceError


class Wave(gn.Activation):
    """x (1 + x) / 2, in no paper."""

    formula = "y = x (1 + x) / 2"
    gradient_formula = "dx = dy (1 + 2 x) / 2"

    def forward(self, x):
        return x * (1 + x) / 2

    def backward(self, dy, x, y):
        return dy * (1 + 2 * x) / 2


def one_ulp_off(build, kind, x, y):
    return build.fmul(build.fmul(x, y), kind(1 + 2**-22))


@pytest.fixture
def wrong_products(monkeypatch, empty_cache):
    monkeypatch.setattr(programs, "_programs", {})
    monkeypatch.setitem(native._EMITTERS, np.multiply, one_ulp_off)


def test_the_trial_leaves_it_to_numpy(wrong_products):
    x = np.linspace(-3, 3, 5000)
    fused = FusedFunction(Wave().forward, Wave().forward)
    for _ in range(2):
        assert fused(x).tobytes() == Wave().forward(x).tobytes()
        finish_compiling()
    assert fused.last_reason == "here compiled code gives other bytes than NumPy"


def test_the_kit_finds_it(wrong_products, monkeypatch):
    monkeypatch.setattr(program, "gives_the_same_bytes", lambda *_: True)
    with (
        gn.registered("activation", "wave", Wave),
        pytest.raises(ConformanceError, match="fused_activation_is_the_same"),
    ):
        check_component("activation:wave")


def test_the_kit_passes_right_code_of_a_third_party():
    from glassnet_testing.checks.fused import fused_activation_is_the_same
    from glassnet_testing.runner.subject import subject_from

    with gn.registered("activation", "wave", Wave):
        from glassnet.registry.registry import registry

        check = fused_activation_is_the_same
        getattr(check, "function", check)(subject_from(registry.find("activation", "wave")))
