"""Requests for more memory than is left: one sentence, before the memory is taken."""

import gzip
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_memory import memory_limit
from glassnet_memory.memory_limit import memory_left
from tests.attack.children import in_child

X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
Y = np.arange(12) % 3
GIGABYTE = 10**9


@pytest.fixture
def one_gigabyte(monkeypatch):
    """Leave one gigabyte of memory."""
    monkeypatch.setattr(memory_limit, "memory_left", lambda: GIGABYTE)


def test_a_request_that_fits_is_fulfilled(one_gigabyte):
    gn.check_memory(GIGABYTE, "it", "take less")
    with pytest.raises(gn.OutOfMemoryError) as caught:
        gn.check_memory(1.5 * GIGABYTE, "it", "take less")
    assert str(caught.value) == "it takes at least 1.5 GB, and 1 GB of memory are left; take less"
    assert isinstance(caught.value, MemoryError)


def test_a_small_request_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(memory_limit, "memory_left", lambda: 1 / 0)
    gn.check_memory(2**26, "it", "take less")


def test_numbers_beyond_all_units_have_a_message(one_gigabyte):
    with pytest.raises(gn.OutOfMemoryError, match=r"takes at least 1,000 PB, and 1 GB"):
        gn.check_memory(10**400, "it", "take less")


def test_a_memory_error_becomes_one_sentence():
    @gn.explained
    def fit():
        raise MemoryError("Unable to allocate 3 TiB")

    with pytest.raises(gn.OutOfMemoryError) as caught:
        fit()
    assert str(caught.value) == (
        "not enough memory is left for fit() (Unable to allocate 3 TiB); use less data, smaller batches or "
        "smaller layers"
    )


def _left_with(kind, taken, allowed):
    import resource

    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    used = int(status[taken].split()[0]) * 1024
    limit = used + allowed
    resource.setrlimit(getattr(resource, kind), (limit, limit))
    return memory_left()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and limits what a process holds")
@pytest.mark.parametrize(("kind", "taken"), [("RLIMIT_AS", "VmSize"), ("RLIMIT_DATA", "VmData")])
def test_what_a_limit_of_the_process_leaves_is_left(kind, taken):
    left = in_child(_left_with, kind, taken, 300 * 2**20).value
    assert 290 * 2**20 < left <= 300 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_without_limits_what_the_system_has_is_left():
    told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    total = sum(int(told[name].split()[0]) * 1024 for name in ("MemTotal", "SwapTotal"))
    assert 0 < memory_left() <= total


@pytest.mark.parametrize(
    "spec", ["moons(samples={})", "circles(samples={})", "blobs(samples={})", "spiral(samples={})", "sine(samples={})"]
)
def test_datasets_that_do_not_fit_are_not_begun(one_gigabyte, spec):
    source = gn.create("dataset", spec.format(10**8))
    with pytest.raises(gn.OutOfMemoryError) as caught:
        source.load()
    assert str(caught.value).startswith(f"{source!r} takes at least ")


def test_a_dataset_of_others_that_runs_out_of_memory_says_so():
    class Greedy(gn.DataSource):
        def load(self):
            raise MemoryError

    with pytest.raises(gn.OutOfMemoryError, match=r"not enough memory is left for load\(\); use less data"):
        Greedy().load()


def test_networks_that_do_not_fit_are_not_built(one_gigabyte):
    net = gn.Network("dense(10000) dense(20000)")
    with pytest.raises(gn.OutOfMemoryError, match=r"a network of 200,050,000 parameters takes at least 1.6 GB"):
        net.build(2)
    assert not net.is_built


def test_outputs_that_do_not_fit_are_said_without_parameters(one_gigabyte):
    net = gn.Network(["concat([relu, relu])"] * 40)
    with pytest.raises(gn.OutOfMemoryError, match=r"one sample, which a layer turns into 2,199,023,255,552 values,"):
        net.build(2)


def test_an_optimizer_that_does_not_fit_says_what_keeps_less(monkeypatch):
    net = gn.Network("dense(4000) dense(4000) dense(3) softmax").build(2)
    monkeypatch.setattr(memory_limit, "memory_left", lambda: GIGABYTE // 10)
    with pytest.raises(
        gn.OutOfMemoryError,
        match=r"training 16,028,003 parameters, with the state of the optimizer, takes at least 192 MB",
    ):
        net.fit(X, Y, loss="cce", optimizer="adam")


def test_a_buffer_of_a_layer_that_does_not_fit_is_not_made(one_gigabyte):
    net = gn.Network("reshape([1, 2, 1]) conv2d(1, 1, padding=100000, stride=1000000) flatten dense(3) softmax")
    with pytest.raises(gn.OutOfMemoryError, match=r"a layer's array of shape \(12, 200001, 200002, 1\) takes at least"):
        net.fit(X, Y, loss="cce", optimizer="adam")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
@pytest.mark.parametrize("reader", ["model", "csv", "zip", "images", "characters", "experiment", "samples", "journal"])
def test_a_pipe_is_not_read(reader, tmp_path, capsys):
    names = {"experiment": "pipe.toml", "zip": "pipe.zip", "images": "pipe.npz", "journal": "journal.jsonl"}
    pipe = tmp_path / names.get(reader, "pipe.npy")
    os.mkfifo(pipe)
    gn.Network("dense(2)").build(2).save(tmp_path / "model.safetensors")
    read = {
        "model": lambda: gn.load(pipe),
        "csv": lambda: gn.datasets.csv(str(pipe), "a").load(),
        "zip": lambda: gn.datasets.csv(str(pipe), "a").load(),
        "images": lambda: gn.datasets.images(str(pipe)).load(),
        "journal": lambda: main(["sweep", "--resume", str(tmp_path)]),
        "characters": lambda: gn.datasets.characters(path=str(pipe)).load(),
        "experiment": lambda: main(["train", str(pipe)]),
        "samples": lambda: main(["predict", str(tmp_path / "model.safetensors"), str(pipe)]),
    }[reader]
    try:
        assert read() == 2
        message = capsys.readouterr().err
    except gn.FileError as error:
        message = str(error)
    assert f"{pipe}: it is a device or a pipe, which may have no end; " in message


def test_a_file_larger_than_the_memory_is_not_read(one_gigabyte, tmp_path):
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(2 * GIGABYTE)
    with pytest.raises(gn.OutOfMemoryError, match=r"reading .*large.safetensors takes at least 2 GB"):
        gn.load(path)


def test_a_packed_text_unpacks_to_what_texts_have(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"a" * 20 * 2**20))
    with pytest.raises(gn.DataError, match=r"unpacks to more than 1,\d{3},\d{3}; unpack it yourself"):
        gn.datasets.characters(path=str(path)).load()


@pytest.mark.parametrize(("spec", "most"), [("blobs(10, centers=11)", "centers"), ("spiral(10, arms=11)", "arms")])
def test_there_are_no_more_classes_than_samples(spec, most):
    with pytest.raises(gn.OptionError, match=f"has more {most} than samples; give at most 10 {most}"):
        gn.create("dataset", spec).load()


def test_whole_numbers_that_no_float_holds_are_refused():
    with pytest.raises(gn.OptionError, match=r"warmup: steps must be smaller than 1e308"):
        gn.create("schedule", f"warmup(steps=1{'0' * 400})")


EXPERIMENT = """loss = "cce"
optimizer = "adam"
epochs = 1000000000
layers = ["dense(2)", "softmax"]
dataset = "moons(samples=10)"
callbacks = ["early_stopping('loss', patience=1, min_delta=1000)"]
"""


def test_a_file_may_not_ask_for_days_and_the_command_line_may(tmp_path, capsys):
    file = tmp_path / "e.toml"
    file.write_text(EXPERIMENT.replace("1000000000", "1000000001"))
    run = ["train", str(file), "--out", str(tmp_path / "run"), "--no-plots", "--quiet"]
    assert main(run) == 2
    assert capsys.readouterr().err == (
        f"error: {file} asks for 1,000,000,001 steps (epochs=1000000001), and a file may ask for 1,000,000,000; "
        "give fewer epochs, or name them on the command line if you mean it: --epochs N\n"
    )
    assert main([*run, "--epochs", "1000000001"]) == 0
