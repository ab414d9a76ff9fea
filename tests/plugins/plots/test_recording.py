"""Recordings: what they hold, that they change nothing, and how large they become."""

from itertools import pairwise

import numpy as np
import pytest

import glassnet as gn
from glassnet_persistence.tensor_file import encode
from glassnet_plots.recording.record import RECORDINGS
from glassnet_plots.recording.recording import Recording

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = (X[:, :1] * 2 - X[:, 1:2]).astype(np.float32)
BATCHED = "dense(4) batch_norm tanh dropout(0.2) dense(1)"


def fitted(callbacks, layers=BATCHED, **options):
    net = gn.Network(layers)
    settings = {"loss": "mse", "optimizer": "adam", "epochs": 4, "batch_size": 8, "seed": 2, **options}
    net.fit(X, Y, callbacks=callbacks, **settings)
    return net


def test_a_recording_changes_no_byte_of_the_training():
    plain, recorded = fitted([]), fitted(["record"])
    assert recorded.flat_parameters.tobytes() == plain.flat_parameters.tobytes()
    assert recorded.history == plain.history
    np.testing.assert_array_equal(recorded.state["1"]["running_mean"], plain.state["1"]["running_mean"])


def test_snapshots_are_the_parameters_after_each_step(moons):
    net, _, _, kept = moons
    recording = RECORDINGS[net]
    assert recording.snapshots.steps == list(range(61))
    for step, snapshot in zip(recording.snapshots.steps, recording.snapshots.values, strict=True):
        np.testing.assert_array_equal(snapshot.parameters, kept[step])


def test_predictions_are_those_of_the_network_at_the_time(moons):
    net, x, y, kept = moons
    recording = RECORDINGS[net]
    assert recording.held_out
    then = net.copy()
    then.flat_parameters[:] = kept[17]
    np.testing.assert_array_equal(recording.moments.values[17].predictions, then.predict(x[::3]))
    np.testing.assert_array_equal(recording.targets, y[::3])


def test_updates_are_the_differences_of_the_parameters(moons):
    net, _, _, kept = moons
    recording = RECORDINGS[net]
    place = recording.parameters.index("2.weights")
    slice_ = net.layout.slices[place]
    expected = [np.sqrt(np.mean((slice_.view(b) - slice_.view(a)) ** 2)) for a, b in pairwise(kept)]
    np.testing.assert_allclose(recording.of_parameters("update_rms")[1:, place], expected, rtol=1e-5)
    sizes = [np.sqrt(np.mean(slice_.view(each) ** 2)) for each in kept[:-1]]
    np.testing.assert_allclose(recording.of_parameters("rms")[1:, place], sizes, rtol=1e-5)


def test_the_state_of_layers_belongs_to_a_snapshot():
    net = fitted(["record"])
    recording = RECORDINGS[net]
    first, last = (recording.snapshots.values[place].state["1.running_mean"] for place in (0, -1))
    np.testing.assert_array_equal(last, net.state["1"]["running_mean"])
    assert np.all(first == 0)  # as the layer begins


def test_figures_of_layers_are_those_of_their_outputs_and_gradients():
    net = fitted(["record"], "dense(1, bias=False)", optimizer="sgd(lr=0.0001)", epochs=1)
    first = RECORDINGS[net].moments.values[0]
    weights = RECORDINGS[net].snapshots.values[0].parameters.reshape(3, 1)
    outputs = X @ weights
    gradient = 2 * (outputs - Y) / len(X)
    expected = [outputs.mean(), outputs.std(), 0, 0, np.sqrt(np.mean(gradient**2))]
    np.testing.assert_allclose(first.layers[0], expected, rtol=1e-4)
    assert first.loss == pytest.approx(np.mean((outputs - Y) ** 2), rel=1e-5)


def test_a_file_holds_the_whole_recording(tmp_path):
    net = fitted(["record"], folder=tmp_path / "run")
    mine, read = RECORDINGS[net], Recording.load(tmp_path / "run" / "recording.safetensors")
    assert (read.places, read.layers, read.parameters) == (mine.places, mine.layers, mine.parameters)
    assert read.as_bytes() == mine.as_bytes()
    np.testing.assert_array_equal(read.network_at(-1, net).predict(X), net.predict(X))


@pytest.mark.parametrize("epochs", [20, 200])
def test_a_long_training_has_no_larger_recording(tmp_path, epochs):
    net = fitted(["record(moments=16)"], "dense(4) tanh dense(1)", epochs=epochs, folder=tmp_path / "run")
    assert (tmp_path / "run" / "recording.safetensors").stat().st_size < 16_000
    recording = RECORDINGS[net]
    assert 9 <= len(recording.moments.values) <= 17
    assert recording.moments.steps[-1] == recording.snapshots.steps[-1] == 5 * epochs


def test_snapshots_of_a_large_network_stay_below_the_limit():
    net = fitted(["record(megabytes=0.1)"], "dense(2000) tanh dense(1)")  # 40 kB: there is room for two
    recording = RECORDINGS[net]
    assert len(recording.moments.values) == 21
    assert recording.snapshots.steps == [0, 20]
    assert recording.snapshots.most == 2


def test_predictions_of_many_outputs_are_of_fewer_samples():
    x = np.zeros((130, 4, 1), np.float32)
    net = gn.Network("dense(5000)")
    net.fit(
        x,
        np.zeros((130, 4, 5000), np.float32),
        loss="mse",
        optimizer="sgd",
        batch_size=130,
        callbacks=["record(moments=64)"],
    )
    recording = RECORDINGS[net]
    samples = len(recording.targets)
    assert samples == 1  # 128 moments of 4 x 5,000 numbers of 4 bytes are 10 MB for one sample
    assert recording.moments.values[0].predictions.shape == (1, 4, 5000)


def test_a_training_that_is_continued_goes_on_with_its_recording(tmp_path):
    whole = fitted(["record"], folder=tmp_path / "whole")
    fitted(["record"], epochs=2, folder=tmp_path / "run")
    resumed = fitted(["record"], folder=tmp_path / "run", resume_from=tmp_path / "run")
    assert RECORDINGS[resumed].moments.steps == RECORDINGS[whole].moments.steps
    mine, theirs = (Recording.load(tmp_path / name / "recording.safetensors") for name in ("whole", "run"))
    np.testing.assert_array_equal(mine.of_layers("output_std"), theirs.of_layers("output_std"))
    # The step of a break is seen like all others.
    np.testing.assert_array_equal(mine.of_parameters("update_rms")[1:15], theirs.of_parameters("update_rms")[1:15])


def test_a_training_that_is_continued_without_change_keeps_its_file(tmp_path):
    fitted(["record"], folder=tmp_path / "run")
    before = (tmp_path / "run" / "recording.safetensors").read_bytes()
    fitted(["record"], folder=tmp_path / "run", resume_from=tmp_path / "run")
    assert (tmp_path / "run" / "recording.safetensors").read_bytes() == before


def test_batches_from_a_function_are_recorded_from_the_first_one_on():
    net = gn.Network("dense(1)")
    batches = gn.Batches(lambda epoch: ((X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8)))
    net.fit(batches, loss="mse", optimizer="sgd", epochs=2, callbacks=["record"])
    recording = RECORDINGS[net]
    assert recording.moments.steps[0] == 1
    assert len(recording.targets) == 8


class BreakOff(gn.Callback):
    """Ends a training as Ctrl-C does, after a step."""

    step: int = gn.option(help="the step")

    def on_batch_end(self, run):
        if run.step == self.step:
            raise KeyboardInterrupt


def test_a_training_that_is_broken_off_keeps_its_recording_so_far(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fitted(["record", BreakOff(13)], folder=tmp_path)
    recording = Recording.load(tmp_path / "recording.safetensors")
    assert recording.moments.steps == list(range(14))
    resumed = fitted(["record"], folder=tmp_path, resume_from=tmp_path)
    assert RECORDINGS[resumed].moments.steps == list(range(21))
    np.testing.assert_array_equal(RECORDINGS[resumed].snapshots.values[-1].parameters, resumed.flat_parameters)


class Bent(gn.Activation):
    """x + sin(x), whose backward is derived from forward."""

    formula = "y = x + sin(x)"
    kinks = ()

    def forward(self, x):
        return x + np.sin(x)


class Pointer(gn.Layer):
    """Looks at the first step alone, to be shown by the plot attention."""

    def forward(self, params, x, ctx):
        weights = np.zeros((len(x), 1, x.shape[1], x.shape[1]), x.dtype)
        weights[..., 0] = 1
        return np.repeat(x[:, :1], x.shape[1], axis=1), weights

    def backward(self, params, cache, dy, grads, ctx):
        dx = np.zeros_like(dy)
        dx[:, 0] = dy.sum(axis=1)
        return dx

    def attention_weights(self, cache):
        return cache


def test_components_of_anybody_are_recorded_and_drawn():
    x = np.random.default_rng(0).normal(size=(16, 4, 3)).astype(np.float32)
    with gn.registered("activation", "bent", Bent), gn.registered("layer", "pointer", Pointer):
        net = gn.Network("pointer dense(3) bent flatten dense(2) softmax")
        net.fit(x, np.arange(16) % 2, loss="cce", optimizer="adam", epochs=2, batch_size=8, callbacks=["record"])
        numbers = gn.plot("activations", net).numbers
        assert numbers["layers"][:3] == ["pointer", "dense(3)", "bent"]
        expected = net.activations(x)["2"].std()
        assert numbers["output_std"][-1][2] == pytest.approx(expected, rel=1e-5)
        gradients = gn.plot("gradients", net).numbers["gradient_rms"]
        assert (gradients[:, 1:] > 0).all()
        assert np.isnan(gradients[:, 0]).all()  # nothing in front of it is trained, so backward ends behind it
        (weights,) = gn.plot("attention", net, x, np.arange(16) % 2).numbers["weights"]
        np.testing.assert_array_equal(weights[0], np.eye(4)[[0, 0, 0, 0]])
        assert gn.plot("loss_landscape(points=3)", net, x, np.arange(16) % 2).numbers["loss"].shape == (3, 3)


def test_what_is_not_finite_is_not_recorded():
    x = X * np.float32(1e18)
    net = gn.Network("dense(3) dense(1)")
    with pytest.raises(gn.NonFiniteError):
        net.fit(x, Y, loss="mse", optimizer="sgd(lr=1e9)", epochs=2, callbacks=["record"])
    assert all(np.isfinite(each.parameters).all() for each in RECORDINGS[net].snapshots.values)


def test_a_recording_of_another_network_is_one_sentence():
    mine, other = fitted(["record"]), fitted(["record"], "dense(7) tanh dense(1)")
    with pytest.raises(gn.ModelFileError, match="the recording is of another network"):
        RECORDINGS[other].network_at(0, mine)


def test_a_file_that_lacks_an_array_is_one_sentence(tmp_path):
    path = tmp_path / "recording.safetensors"
    lists = '"places": [], "layers": [], "activations": [], "parameters": [], "held_out": false'
    told = f'{{"format": 2, "strides": [1, 1], "most": [4, 4], {lists}}}'
    path.write_bytes(encode({"targets": X}, "glassnet_recording", told))
    with pytest.raises(gn.ModelFileError, match=r"is damaged \(KeyError: 'moments.layers'\); train the run again"):
        Recording.load(path)


def test_a_damaged_recording_is_one_sentence(tmp_path):
    path = tmp_path / "recording.safetensors"
    fitted(["record"], folder=tmp_path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(gn.ModelFileError, match=r"the recording .* is damaged: .*; train the run again with --record"):
        Recording.load(path)


@pytest.mark.parametrize(
    ("layers", "shape", "batch_size", "steps", "moments"),
    [
        ("dense(4) tanh dense(1)", 2, 16, 50, 64),  # hardly any work: a tenth of a second is enough
        # 784 x 1000 multiplications for 640 samples take 0.05 s, so 0.1 s is 2 moments; 2.5 % of 300 steps is less: 6
        ("dense(1000)", 784, 32, 300, 6),
        # a moment takes 640 / 96 + 3 = 9.67 steps, and 2.5 % of 10,000 steps are 250 of them: 25 moments
        ("dense(1000)", 784, 32, 10_000, 25),
        ("dense(1000)", 784, 32, 0, 64),
    ],
)
def test_moments_are_as_many_as_take_a_small_part_of_the_run(layers, shape, batch_size, steps, moments):
    from glassnet_plots.recording.cost import affordable_moments

    assert affordable_moments(gn.Network(layers).build(shape), batch_size, steps) == moments
