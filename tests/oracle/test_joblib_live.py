"""Networks through joblib: its files, memory-mapped ones among them, and its processes."""

import numpy as np
import pytest

import glassnet as gn

joblib = pytest.importorskip("joblib", reason="test_copies.py reads pickles with arrays that cannot be written")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 64)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)
OPTIONS = {"loss": "cce", "optimizer": "adam(lr=0.01)", "epochs": 3}


def trained_further(net):
    net.fit(X, Y, **OPTIONS)
    return net


@pytest.fixture
def net():
    net = gn.Network("dense(64) batch_norm relu dropout(0.2) dense(2) softmax")
    return trained_further(net)


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
def test_a_dumped_network_predicts_trains_and_saves(net, mmap_mode, tmp_path):
    joblib.dump(net, tmp_path / "net.joblib")
    loaded = joblib.load(tmp_path / "net.joblib", mmap_mode=mmap_mode)
    assert loaded.predict(X).tobytes() == net.predict(X).tobytes()
    for each in (net, loaded):
        trained_further(each)
    assert loaded.flat_parameters.tobytes() == net.flat_parameters.tobytes()
    loaded.save(tmp_path / "m.safetensors")
    assert gn.load(tmp_path / "m.safetensors").predict(X).tobytes() == net.predict(X).tobytes()


def test_networks_come_back_from_processes(net):
    copies = joblib.Parallel(n_jobs=2, backend="loky", max_nbytes=100)(
        joblib.delayed(trained_further)(each) for each in (net.copy(), net.copy())
    )
    trained_further(net)
    for each in copies:
        assert each.flat_parameters.tobytes() == net.flat_parameters.tobytes()
        each.parameters["0.bias"] += 1
