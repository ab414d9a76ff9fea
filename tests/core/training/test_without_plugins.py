"""The kernel alone: with every support plugin switched off, networks are trained, evaluated and used."""

import os
import subprocess
import sys
import textwrap
from importlib.metadata import entry_points

import pytest

PROGRAM = """
    import sys
    import numpy as np
    import glassnet as gn

    x = np.random.default_rng(0).normal(size=(64, 3))
    y = x @ np.array([[1.0], [2.0], [3.0]])
    net = gn.Network("dense(8) tanh dense(1)")
    how = dict(loss="mse", optimizer="adam(lr=0.05)", epochs=40, batch_size=16)
    net.fit(gn.Split(x, y), validation=gn.Split(x, y), loss="mse", optimizer="sgd")
    net.build((3,)).fit(x, y, validation=(x, y, np.ones(64)), sample_weight=np.ones(64), loss="mse", optimizer="sgd")
    net.build((3,))
    history = net.fit(x, y, validation=0.25, metrics=["mae"], seed=1, **how)
    assert history["val_loss"][-1] < history["val_loss"][0] / 10, history["val_loss"]
    figures = net.evaluate(x, y)
    assert set(figures) == {"loss", "mean_absolute_error"}
    assert np.isclose(figures["loss"], np.mean((net.predict(x) - y) ** 2), rtol=1e-4)
    out = np.empty((64, 1), np.float32)
    assert net.predict(x.tolist(), out=out) is out and out.tobytes() == net.predict(x).tobytes()
    for wrong in (net.predict, lambda x: net.evaluate(x, y)):
        try:
            wrong(x[:, :2])
        except gn.ShapeError as error:
            assert "expected (batch, 3), got (64, 2)" in str(error)
        else:
            raise AssertionError("a wrong shape was taken")
    used = {name.partition(".")[0] for name in sys.modules if name.startswith("glassnet_")}
    print(*sorted(used))
"""


def run(program, disabled):
    environment = {**os.environ, "GLASSNET_DISABLE": ",".join(disabled), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_arrays_are_trained_on_without_one_of_the_plugins(plugins):
    for name in ("arrays", "inputs", "parallel", "dataloaders"):
        assert name in plugins
        ended = run(PROGRAM, [name])
        assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def plugins():
    found = entry_points(group="glassnet.plugins")
    return [each.name for each in found if each.dist.name == "glassnet"]


def test_arrays_are_trained_on_without_any_plugin(plugins):
    ended = run(PROGRAM, plugins)
    assert ended.returncode == 0, ended.stderr
    for name in ("accelerators", "autodiff", "callbacks", "commands", "divergence", "reports"):
        assert f"glassnet_{name}" not in ended.stdout.split()


def test_arrays_by_name_are_read_only_without_their_plugin():
    program = """
        import copy
        import numpy as np
        import glassnet as gn

        net = gn.Network("dense(1) batch_norm").build(2)
        for names in (net.parameters, net.state["1"]):
            try:
                names["0.bias"] = np.ones(1)
            except TypeError:
                pass
            else:
                raise AssertionError("a name was assigned")
        net.flat_parameters = [1, 2, 3, 4, 5]
        net.state = {"1": {"running_mean": np.ones(1), "running_variance": np.full(1, 4.0)}}
        twin = copy.deepcopy(net)
        assert twin.parameters["0.weights"].tolist() == [[1], [2]] and twin.state["1"]["running_variance"].item() == 4
    """
    ended = run(program, ["arrays"])
    assert ended.returncode == 0, ended.stderr


def test_a_folder_without_the_plugin_that_records_is_refused(plugins, tmp_path):
    program = f"""
        import glassnet as gn
        gn.Network("dense(1)").fit([[1.0]], [[1.0]], loss="mse", optimizer="sgd", folder={str(tmp_path)!r})
    """
    ended = run(program, ["persistence"])
    assert ended.returncode == 1
    assert "OptionError: no plugin records runs" in ended.stderr
    assert not any(tmp_path.iterdir())
