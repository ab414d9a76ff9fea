"""dense for small networks: right, used for these alone, and recorded."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.dense_by_loops import DenseByLoops
from glassnet_accelerators.small_dense import SmallDense
from glassnet_persistence.checkpoint import load_checkpoint, save_checkpoint
from glassnet_persistence.run_files import CHECKPOINT


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [True, False])
def test_outputs_and_gradients_are_those_of_the_formula(bias, dtype):
    # Integers, whose products are exact in any order.
    rng = np.random.default_rng(0)
    x, dy = (rng.integers(-4, 5, shape).astype(dtype) for shape in ((6, 5), (6, 3)))
    params = {"weights": rng.integers(-4, 5, (5, 3)).astype(dtype)}
    if bias:
        params["bias"] = np.array([1, -2, 3], dtype)
    grads = {name: np.full_like(value, np.nan) for name, value in params.items()}
    net = gn.Network([DenseByLoops(gn.layers.dense(3, bias=bias))]).build((5,), dtype=dtype)
    layer = net.layers[0]
    with net.workspace(training=True) as ctx:
        ctx.needs_input_grad = True
        # Turned round, they are not in one piece.
        y, cache = layer.forward(params, x[::-1], ctx)
        dx = layer.backward(params, cache, dy[::-1], grads, ctx)
        ctx.needs_input_grad = False
        assert layer.backward(params, cache, dy[::-1], grads, ctx) is None
    assert y.dtype == dx.dtype == dtype
    np.testing.assert_array_equal(y, (x @ params["weights"] + params.get("bias", 0))[::-1])
    np.testing.assert_array_equal(dx, (dy @ params["weights"].T)[::-1])
    np.testing.assert_array_equal(grads["weights"], x.T @ dy)
    if bias:
        np.testing.assert_array_equal(grads["bias"], dy.sum(axis=0))


def test_sequences_are_left_to_the_layer():
    x = np.random.default_rng(0).standard_normal((2, 4, 5), np.float32)
    dense = gn.Network("dense(3)").build((4, 5))
    small = gn.Network([DenseByLoops(gn.layers.dense(3))]).build((4, 5))
    assert small.predict(x).tobytes() == dense.predict(x).tobytes()


@pytest.mark.parametrize("mixed", ["x", "dy"])
def test_numbers_of_another_type_than_the_parameters_are_left_to_the_layer(mixed):
    # Such as those of a loss or an activation from another package that computes in float64.
    arrays = {
        name: np.arange(12, dtype="float64" if name == mixed else "float32").reshape(4, 3) for name in ("x", "dy")
    }
    params = {"weights": np.eye(3, dtype=np.float32), "bias": np.ones(3, np.float32)}
    grads = {name: np.full_like(value, np.nan) for name, value in params.items()}
    layer = gn.Network([DenseByLoops(gn.layers.dense(3))]).build((3,)).layers[0]
    with gn.Network([gn.layers.dense(3)]).build((3,)).workspace(training=True) as ctx:
        y, cache = layer.forward(params, arrays["x"], ctx)
        layer.backward(params, cache, arrays["dy"], grads, ctx)
    np.testing.assert_array_equal(y, arrays["x"] + 1)
    np.testing.assert_array_equal(grads["weights"], arrays["x"].T @ arrays["dy"])


def _fit(units=8, **options):
    """Return a network trained on XOR, and which accelerators computed it."""

    class KeepNames(gn.Callback):
        """Keeps the names of the accelerators in use."""

        def on_run_start(self, run):
            names.extend(run.describe()["accelerators"])

    names = []
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    net = gn.Network([f"dense({units})", "tanh", "dense(1)", "sigmoid"]).build((2,), seed=0)
    options = {"epochs": 50, "callbacks": []} | options
    options["callbacks"] = [*options["callbacks"], KeepNames()]
    net.fit(x, x[:, :1] != x[:, 1:], loss="bce", optimizer="sgd(0.5)", batch_size=4, progress=False, **options)
    return net, names


@pytest.fixture
def from_the_first_step(monkeypatch):
    """Runs that are long enough for it, however short."""
    monkeypatch.setattr(SmallDense, "is_worthwhile", lambda self, workload: workload.elements <= 128)


def test_it_computes_small_networks_in_long_runs_alone():
    assert "small_dense" not in _fit()[1]
    layer = SmallDense()
    assert layer.is_worthwhile(gn.Workload(steps=80_000, elements=128, products=0))
    assert not layer.is_worthwhile(gn.Workload(steps=80_000, elements=129, products=0))
    assert not layer.is_worthwhile(gn.Workload(steps=79_999, elements=128, products=0))


def test_elements_are_counted_over_the_samples_of_a_batch(from_the_first_step):
    assert "small_dense" in _fit(units=32)[1]
    assert "small_dense" not in _fit(units=33)[1]


def test_training_comes_to_the_same_parameters(from_the_first_step):
    faster, _ = _fit()
    gn.use_accelerators(False)
    try:
        plain, _ = _fit()
    finally:
        gn.use_accelerators(None)
    np.testing.assert_allclose(faster.flat_parameters, plain.flat_parameters, atol=1e-5)
    assert faster.flat_parameters.tobytes() == _fit()[0].flat_parameters.tobytes()


def test_a_run_with_it_is_not_continued_without(from_the_first_step, tmp_path):
    _fit(epochs=2, folder=tmp_path / "run", callbacks=["checkpoint"])
    gn.use_accelerators(False)
    try:
        with pytest.raises(gn.ResumeError, match="accelerator small_dense"):
            _fit(epochs=4, resume_from=tmp_path / "run", callbacks=["checkpoint"])
    finally:
        gn.use_accelerators(None)


def test_a_run_that_recorded_it_under_its_old_name_is_continued(from_the_first_step, tmp_path):
    _fit(epochs=2, folder=tmp_path, callbacks=["checkpoint"])
    state = load_checkpoint(tmp_path / CHECKPOINT)
    assert state["computed_with"]["accelerators"] == ["small_dense"]
    state["computed_with"]["accelerators"] = ["numba_dense"]
    save_checkpoint(state, tmp_path / CHECKPOINT)
    net, names = _fit(epochs=4, folder=tmp_path, resume_from=tmp_path, callbacks=["checkpoint"])
    assert "small_dense" in names
    assert net.flat_parameters.tobytes() == _fit(epochs=4)[0].flat_parameters.tobytes()
