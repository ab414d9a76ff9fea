"""non_negative: what is below zero goes to zero."""

import numpy as np

import glassnet as gn


def test_negative_values_become_zero_in_place():
    w = np.array([[-1.0, 2.0], [0.0, -1e-30]])
    gn.constraints.non_negative().project(w)
    np.testing.assert_array_equal(w, [[0, 2], [0, 0]])


def test_a_run_keeps_to_it_and_biases_are_free():
    x = np.random.default_rng(0).normal(size=(40, 3))
    net = gn.Network(["dense(1, constraint=non_negative)"])
    net.fit(x, x @ np.array([[1.0], [-1.0], [0.5]]) - 3, loss="mse", optimizer="sgd(lr=0.1)", epochs=40, batch_size=8)
    weights = net.parameters["0.weights"].ravel()
    assert weights[1] == 0
    assert weights[0] > 0.5
    assert net.parameters["0.bias"][0] < -2


def test_after_each_step_no_weight_is_negative_also_in_layers_that_nest():
    least = []

    class Look(gn.Callback):
        def on_batch_end(self, run):
            least.append(min(run.network.parameters[name].min() for name in ("0.weights", "1.0.weights")))

    x = np.random.default_rng(0).normal(size=(40, 3))
    net = gn.Network(["dense(3, constraint=non_negative)", "residual([dense(3, constraint=non_negative), tanh])"])
    net.fit(x, -x, loss="mse", optimizer="adam(lr=0.1)", epochs=3, batch_size=8, callbacks=[Look()])
    assert len(least) == 15
    assert min(least) == 0
