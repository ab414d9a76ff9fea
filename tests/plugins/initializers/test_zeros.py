from __future__ import annotations

import numpy as np

import glassnet as gn


def test_every_value_is_0():
    values = gn.initializers.zeros().sample((2, 3), 2, 3, np.random.default_rng(0))

    np.testing.assert_array_equal(values, [[0, 0, 0], [0, 0, 0]])
