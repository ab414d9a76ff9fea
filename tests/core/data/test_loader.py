"""Data become batches in one step: which loader there is, what it looks at, and what works without any plugin."""

import os
import subprocess
import sys
from itertools import chain

import numpy as np
import pluggy
import pytest

import glassnet as gn
from glassnet.data import loader as loading
from glassnet.data.array_loader import ArrayLoader
from glassnet.data.loader import make_loader, make_validation_loader
from glassnet.registry.hookspecs import PluginHooks, hookimpl
from glassnet_dataloaders import plugin
from glassnet_dataloaders.block_shuffle_loader import BlockShuffleLoader
from glassnet_dataloaders.stream_loader import StreamLoader
from glassnet_inputs import finite
from glassnet_inputs.expected import ExpectedNumbers

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2
FLOAT32 = np.dtype(np.float32)


class Stored:
    """An array such as h5py and zarr have, which notes the rows that are read."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.chunks = array, array.shape, array.dtype, None
        self.read = []

    def __getitem__(self, chosen):
        self.read.append(np.arange(len(self.array))[chosen].tolist())
        return self.array[chosen]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ((X, Y), ArrayLoader),
        ((X.tolist(), Y.tolist()), ArrayLoader),
        ((gn.Split(X, Y),), ArrayLoader),
        ((Stored(X), Y), BlockShuffleLoader),
        ((gn.Split(X, Stored(Y)),), BlockShuffleLoader),
        (([(X, Y)],), StreamLoader),
        ((lambda epoch: [(X, Y)],), StreamLoader),
    ],
)
def test_the_loader_is_that_of_the_data(given, kind):
    loader = make_loader(*given)
    assert type(loader) is kind
    assert loader.sample_shape == (3,)


@pytest.mark.parametrize("given", [(X, Y), [X, Y], (X, Y, np.ones(20)), gn.Split(X, Y), [(X, Y)]])
def test_validation_data_have_a_loader(given):
    assert make_validation_loader(given).sample_shape == (3,)


@pytest.mark.parametrize("given", [None, 0.2])
def test_a_fraction_and_nothing_have_none(given):
    assert make_validation_loader(given) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_number_in_memory_is_looked_at_once(monkeypatch, dtype):
    looked_at = []
    monkeypatch.setattr(finite, "_ROWS_CHECKED_AT_ONCE", 6)
    vdot = np.vdot
    monkeypatch.setattr(np, "vdot", lambda a, b: (looked_at.append(a.size), vdot(a, b))[1])
    loader = make_loader(X.astype(dtype), X[:, :1].astype(dtype))
    loader.check(ExpectedNumbers((3,), FLOAT32))
    assert looked_at == [18, 18, 18, 6, 6, 6, 6, 2]


def test_each_row_of_a_file_is_read_once_before_training():
    x, y = Stored(X), Stored(X[:, :1])
    gn.Network("dense(1)").build((3,)).loader(gn.Split(x, y), gn.losses.mse())
    assert list(chain(*x.read)) == list(chain(*y.read)) == list(range(20))


def test_what_cannot_be_trained_on_builds_no_network():
    x = X.copy()
    x[3, 1] = np.inf
    net = gn.Network("dense(2) softmax")
    with pytest.raises(gn.DataError, match=r"x has inf at sample 3, position \(1,\)"):
        net.fit(x, Y, loss="cce", optimizer="sgd")
    assert not net.is_built


def test_what_a_sample_is_called_is_its_place_before_a_part_is_held_out():
    for sample in range(len(X)):
        x = X.copy()
        x[sample, 2] = np.nan
        with pytest.raises(gn.DataError, match=f"^x has nan at sample {sample},"):
            gn.Network("dense(2) softmax").fit(x, Y, loss="cce", optimizer="sgd", validation=0.5)


@pytest.mark.parametrize("given", [(X, Y), (Stored(X), Stored(Y))])
def test_parts_of_a_loader_share_no_sample(given):
    weights = np.arange(20.0)
    parts = make_loader(*given, sample_weight=weights).train_test_split(0.25, np.random.default_rng(1))
    assert [part.samples for part in parts] == [15, 5]
    kept = [next(iter(part.parts())) for part in parts]
    rows = [np.asarray(w).astype(int) for _, _, w in kept]
    assert sorted(np.concatenate(rows)) == list(range(20))
    for (x, y, _), at in zip(kept, rows, strict=True):
        np.testing.assert_array_equal(x[: len(x)], X[at])
        np.testing.assert_array_equal(y[: len(y)], Y[at])


class Doubled:
    """A plugin that has a loader for data of its own."""

    @staticmethod
    @hookimpl
    def glassnet_data_loader(x):
        if isinstance(x, str) and x == "my data":
            return ArrayLoader(X.astype(np.float32), Y)
        return None


def test_a_plugin_brings_data_of_its_own(monkeypatch):
    manager = pluggy.PluginManager("glassnet")
    manager.add_hookspecs(PluginHooks)
    manager.register(plugin)
    manager.register(Doubled())
    monkeypatch.setattr(loading, "plugin_hooks", lambda: manager.hook)
    mine, plain = (gn.Network("dense(4) tanh dense(2) softmax") for _ in range(2))
    mine.fit("my data", loss="cce", optimizer="adam", epochs=2, validation=0.2, seed=5)
    plain.fit(X.astype(np.float32), Y, loss="cce", optimizer="adam", epochs=2, validation=0.2, seed=5)
    assert mine.flat_parameters.tobytes() == plain.flat_parameters.tobytes()
    assert mine.evaluate("my data") == plain.evaluate(X, Y)


WITHOUT_THE_PLUGIN = """
import numpy as np
import glassnet as gn

x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
y = np.arange(20) % 2
net = gn.Network("dense(4) tanh dense(2) softmax")
net.fit(x, y, loss="cce", optimizer="adam", epochs=2, validation=0.2, sample_weight=np.arange(20), seed=5)
net.fit(gn.Split(x, y), loss="cce", optimizer="adam", validation=(x, y), seed=5)
print(net.flat_parameters.tobytes().hex())
print(net.evaluate(x, y)["loss"])
print(net.predict(x.tolist()).tobytes().hex())

def refused(use):
    try:
        use()
    except gn.GlassnetError as error:
        return f"{type(error).__name__}: {error}"

if refuse:
    for given in (np.array([["1", "2", "3"]]), [[1, 2, 3], [4]], np.ma.masked_array(x), {"a": 1}, 7, gn.Split(x, y)):
        print(refused(lambda: net.predict(given)))
    print(refused(lambda: net.fit([(x, y)], loss="cce", optimizer="adam")))
    print(refused(lambda: net.fit(x, y, loss="cce", optimizer="adam", class_weight="balanced")))
"""


def outcome(refuse, **environment):
    script = f"refuse = {refuse}\n{WITHOUT_THE_PLUGIN}"
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    ).stdout.splitlines()


def test_arrays_are_trained_on_without_the_plugin_to_the_same_bytes():
    without = outcome(True, GLASSNET_DISABLE="dataloaders")
    assert without[:3] == outcome(False)
    assert without[3:] == [
        "DataError: x has element type <U1; give numbers, such as float32 or uint8",
        "DataError: NumPy cannot make an array of x (setting an array element with a sequence. The requested array has "
        "an inhomogeneous shape after 1 dimensions. The detected shape was (2,) + inhomogeneous part.); "
        "give an array of NumPy",
        "DataError: x is a MaskedArray; give an array of NumPy",
        "DataError: x is a dict; give an array of NumPy",
        "DataError: x is a int; give an array of NumPy",
        "DataError: x is a Split; give an array of NumPy",
        "DataError: got x without y; give a split, or x and y",
        "OptionError: class_weight needs a plugin that is switched off; weigh the samples: sample_weight=…",
    ]
