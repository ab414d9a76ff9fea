"""What holds for every regularizer."""

from __future__ import annotations

import numpy as np
import pytest

import glassnet as gn
from glassnet_autodiff.gradient_check import check_regularizer

SPECS = ["l1", "l1(0.3)", "l2", "l2(0.3)", "l1_l2", "l1_l2(0.3, 0.02)", "l1_l2(l1=0)", "l1_l2(l2=0)"]

pytestmark = pytest.mark.parametrize("spec", SPECS)


def create(spec):
    return gn.create("regularizer", spec)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("shape", [(1,), (7,), (4, 3), (3, 3, 2, 4)])
def test_the_gradient_agrees_with_central_differences(spec, shape, seed):
    w = np.random.default_rng(seed).normal(size=shape)

    assert check_regularizer(create(spec), w) <= 1e-6


def test_zeros_cost_nothing_and_are_not_pushed(spec):
    assert create(spec).penalty(np.zeros((3, 2))) == 0
    assert not create(spec).gradient(np.zeros((3, 2))).any()


def test_the_penalty_is_a_python_float_and_the_gradient_stays_float32(spec):
    w = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")

    assert type(create(spec).penalty(w)) is float
    assert create(spec).gradient(w).dtype == np.float32


def test_the_penalty_of_float32_is_summed_in_more_digits(spec):
    w = np.random.default_rng(0).normal(size=(400, 300)).astype("float32")

    # What is left is the rounding of each square, which averages out.
    assert create(spec).penalty(w) == pytest.approx(create(spec).penalty(w.astype("float64")), rel=2e-9)


def test_weights_stay_as_they_are(spec):
    w = np.random.default_rng(0).normal(size=(4, 3))
    before = w.copy()

    create(spec).penalty(w)
    create(spec).gradient(w)

    np.testing.assert_array_equal(w, before)


def test_biases_are_exempt_unless_asked_for(spec):
    assert not create(spec).penalize_bias
    assert create(spec).replace(penalize_bias=True).penalize_bias
