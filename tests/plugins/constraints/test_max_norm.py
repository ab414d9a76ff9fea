"""max_norm: units that are too long are shortened, all others stay, and a run keeps to it."""

import numpy as np
import pytest

import glassnet as gn


def test_a_long_column_is_shortened_and_keeps_its_direction():
    w = np.array([[3.0, 0.3], [4.0, 0.4]])
    gn.constraints.max_norm(limit=2.0).project(w)
    # The first unit has length 5: two fifths of it. The second has 0.5.
    np.testing.assert_allclose(w, [[1.2, 0.3], [1.6, 0.4]], rtol=1e-12)


def test_a_filter_is_one_unit():
    w = np.ones((3, 3, 4, 2))
    w[..., 1] *= 0.1
    gn.constraints.max_norm(limit=3.0).project(w)
    # 36 ones have length 6; 36 tenths have 0.6.
    np.testing.assert_allclose(w[..., 0], 0.5, rtol=1e-12)
    np.testing.assert_allclose(w[..., 1], 0.1, rtol=1e-12)


def test_zeros_stay_zeros_and_float32_stays_float32():
    w = np.zeros((2, 2), np.float32)
    gn.constraints.max_norm().project(w)
    assert w.dtype == np.float32
    np.testing.assert_array_equal(w, 0)


@pytest.mark.parametrize("optimizer", ["sgd(lr=1.0)", "adam(lr=0.5)", "muon"])
def test_after_each_step_of_a_run_the_weights_keep_to_it(optimizer):
    rng = np.random.default_rng(0)
    lengths = []

    class Look(gn.Callback):
        def on_batch_end(self, run):
            lengths.append(np.sqrt(np.sum(run.network.parameters["0.weights"] ** 2, axis=0)))

    net = gn.Network(["dense(3, constraint=max_norm(0.5))", "tanh", "dense(1)"])
    x = rng.normal(size=(40, 4))
    net.fit(x, 10 * x[:, :1], loss="mse", optimizer=optimizer, batch_size=8, epochs=3, callbacks=[Look()])
    assert np.max(lengths) <= 0.5 + 1e-6
    assert np.max(lengths) > 0.49


def test_each_value_of_a_vector_is_a_unit():
    w = np.array([-3.0, 1.0, 2.5])
    gn.constraints.max_norm(limit=2.0).project(w)
    np.testing.assert_allclose(w, [-2.0, 1.0, 2.0], rtol=1e-12)


def test_a_limit_of_zero_is_refused():
    with pytest.raises(gn.OptionError, match="limit must be > 0"):
        gn.constraints.max_norm(limit=0.0)
