from __future__ import annotations

import numpy as np

import glassnet as gn


def test_every_value_is_the_one_that_was_given():
    values = gn.initializers.constant(-0.5).sample((2, 3), 2, 3, np.random.default_rng(0))

    np.testing.assert_array_equal(values, [[-0.5, -0.5, -0.5], [-0.5, -0.5, -0.5]])


def test_without_a_value_it_is_0():
    assert not gn.initializers.constant().sample((4,), 4, 4, np.random.default_rng(0)).any()


def test_a_whole_number_does_not_make_whole_numbers():
    assert gn.initializers.constant(2).sample((4,), 4, 4, np.random.default_rng(0)).dtype == np.float64


def test_it_is_not_mixed_up_with_the_schedule_of_the_same_name():
    assert repr(gn.initializers.constant(0.5)) == "constant(value=0.5)"
    assert isinstance(gn.initializers.constant(), gn.Initializer)
