"""One thread of BLAS while glassnet computes: set from any thread, for overlapping blocks, and put back."""

import contextlib
import os
import subprocess
import sys
import threading
import types
import warnings

import numpy as np
import pytest
import threadpoolctl

import glassnet as gn
from glassnet_parallel import blas_threads as module
from glassnet_parallel.blas_threads import OneBlasThread, one_blas_thread

WIDE = "dense(32) tanh dense(2) softmax"


class Library:
    """A BLAS library whose number of threads can be read; a stubborn one keeps its number."""

    name = "libfake"

    def __init__(self, threads, *, stubborn=False):
        self.threads = threads
        self.stubborn = stubborn

    def get(self):
        return self.threads

    def set(self, threads):
        if not self.stubborn:
            self.threads = threads


@pytest.fixture
def library(monkeypatch):
    """A library on a machine with 8 cores."""
    one = Library(8)
    monkeypatch.setattr(module, "_libraries", lambda: [one])
    return one


def threads_of_numpys_library():
    """Return the number of threads of each library that is limited, as threadpoolctl reads it."""
    limited = {library.name for library in module._libraries()}
    controllers = threadpoolctl.ThreadpoolController().lib_controllers
    return [each.get_num_threads() for each in controllers if each.filepath in limited]


def in_a_thread(task):
    thread = threading.Thread(target=task)
    thread.start()
    thread.join(30)


def test_the_number_is_put_back_after_nested_blocks_and_errors(library):
    limit, seen = OneBlasThread(), []

    def compute():
        with limit:
            with limit:
                seen.append(library.threads)
            seen.append(library.threads)
            raise KeyError

    with pytest.raises(KeyError):
        compute()
    assert seen == [1, 1]
    assert library.threads == 8


def test_of_two_blocks_that_overlap_the_longer_one_keeps_the_limit(library):
    limit, seen = OneBlasThread(), []
    entered, leave = threading.Event(), threading.Event()

    def other():
        with limit:
            entered.set()
            leave.wait(10)
            seen.append(library.threads)

    thread = threading.Thread(target=other)
    with limit:
        thread.start()
        entered.wait(10)
    assert library.threads == 1  # the first one ended, the second is still at work
    leave.set()
    thread.join(10)
    assert seen == [1]
    assert library.threads == 8


def test_a_number_that_other_code_sets_meanwhile_is_set_again(library):
    limit = OneBlasThread()
    with limit:
        library.threads = 4
        limit.renew()
        assert library.threads == 1


def test_each_block_within_another_sets_a_number_that_was_changed_again(library):
    limit = OneBlasThread()
    with limit:
        library.threads = 4
        with limit:
            assert library.threads == 1
    assert library.threads == 8


def test_a_callback_that_sets_the_number_changes_no_byte():
    class Setting(gn.Callback):
        def on_batch_start(self, run):
            for library in module._libraries():
                library.set(2)

    class Reading(gn.Loss):
        """Notes with how many threads the layers were run."""

        def forward(self, y_pred, y_true):
            seen.append([library.get() for library in module._libraries()])
            return 0.0

        def backward(self, y_pred, y_true):
            return np.zeros_like(y_pred)

    seen = []
    x = np.ones((6, 2))
    gn.Network("dense(1)").fit(
        x, x[:, :1], loss=Reading(), optimizer="sgd", batch_size=2, callbacks=[Setting()], progress=False
    )
    assert len(seen) == 3
    assert all(count == 1 for counts in seen for count in counts)


def test_a_library_that_keeps_its_number_is_warned_of_once(monkeypatch):
    monkeypatch.setattr(module, "_libraries", lambda: [Library(4, stubborn=True)])
    module._warn.cache_clear()
    limit = OneBlasThread()
    with pytest.warns(gn.GlassnetWarning, match="libfake goes on with 4 threads; rounding may depend") as caught:
        limit.__enter__()
    limit.__exit__()
    with limit:
        pass
    assert len(caught) == 1


def test_a_blas_without_a_number_of_threads_is_warned_of(monkeypatch):
    nothing = types.SimpleNamespace(select=lambda user_api: types.SimpleNamespace(lib_controllers=[]))
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", lambda: nothing)
    module._warn.cache_clear()
    with pytest.warns(gn.GlassnetWarning, match="no number of threads to set; rounding may"):
        assert module._libraries.__wrapped__() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("forking_thread_is_inside", [False, True])
def test_a_process_forked_during_a_computation_has_its_number_back(forking_thread_is_inside, library):
    limit, entered, leave = OneBlasThread(), threading.Event(), threading.Event()

    def other():
        with limit:
            entered.set()
            leave.wait(30)

    def numbers_in_child():
        """Return the numbers after the fork and after the forking thread's own block, if it has one."""
        with limit if forking_thread_is_inside else contextlib.nullcontext():
            child = fork_and_forget(limit)
            inside = library.threads
        if child == 0:
            os._exit(10 * inside + library.threads)
        return divmod(exit_code(child), 10)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(30)
    try:
        assert numbers_in_child() == ((1, 8) if forking_thread_is_inside else (8, 8))
        assert library.threads == 1  # the parent's other thread is still at work
    finally:
        leave.set()
        thread.join(30)
    assert library.threads == 8


def fork_and_forget(limit):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forking with threads
        child = os.fork()
    if child == 0:
        limit.forget_other_threads()  # registered for the one limit of a process only
    return child


def exit_code(child):
    timer = threading.Timer(30, os.kill, (child, 9))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    return os.waitstatus_to_exitcode(status)


FORKED = """
import os, threading
import numpy as np
from glassnet_parallel import blas_threads
entered, leave = threading.Event(), threading.Event()
def other():
    with blas_threads.one_blas_thread:
        entered.set()
        leave.wait(30)
numbers = lambda: [library.get() for library in blas_threads._libraries()]
before = numbers()
thread = threading.Thread(target=other)
thread.start()
entered.wait(30)
child = os.fork()
if child == 0:
    product = np.ones((300, 300)) @ np.ones((300, 300))
    os._exit(0 if numbers() == before and (product == 300).all() else 1)
_, status = os.waitpid(child, 0)
leave.set()
thread.join(30)
raise SystemExit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_multiplies_with_the_real_librarys_number():
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], env=environment, timeout=60, check=True)


def test_the_real_library_is_set_from_a_thread_that_does_not_control_it():
    """Since threadpoolctl 3.8 the first thread to set a number controls it, and others are ignored."""
    before = threads_of_numpys_library()
    seen = []

    def other():
        with one_blas_thread:
            seen.append(threads_of_numpys_library())

    with threadpoolctl.threadpool_limits(limits=2, user_api="blas"):
        outer = threads_of_numpys_library()
        in_a_thread(other)
        assert threads_of_numpys_library() == outer
    assert seen == [[1] * len(before)]
    assert threads_of_numpys_library() == before


class Watch(gn.Callback):
    """Notes the number of threads in each step."""

    seen = []

    def on_batch_end(self, run):
        Watch.seen.extend(threads_of_numpys_library())


def test_fit_evaluate_predict_and_build_multiply_with_one_thread(monkeypatch):
    seen = []
    matmul = np.matmul

    def watch(*arguments, **named):
        seen.extend(threads_of_numpys_library())
        return matmul(*arguments, **named)

    x, y = np.ones((40, 3)), np.zeros(40, int)
    net = gn.Network(WIDE)
    Watch.seen = []
    net.fit(x, y, loss="cce", optimizer="sgd", callbacks=[Watch()], progress=False)
    assert set(Watch.seen) == {1}
    monkeypatch.setattr(np, "matmul", watch)
    net.evaluate(x, y)
    net.predict(x[:1])
    assert set(seen) == {1}


# --- the same bytes --------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 784)).astype(np.float32)
Y = RNG.integers(0, 10, 300)
NETWORKS = {
    "wide": "dense(400) relu dense(300) tanh dense(10) softmax",
    "dropped": "dense(300) relu dropout(0.3) dense(200) batch_norm relu dense(10) softmax",
    "convolutional": "reshape([28, 28, 1]) conv2d(8, 3) relu max_pool2d conv2d(8, 3) flatten dense(10) softmax",
    "recurrent": "reshape([28, 28]) lstm(64) dense(10) softmax",
}


def fitted(layers, seed=0):
    net = gn.Network(layers)
    net.fit(X, Y, loss="cce", optimizer="adam", epochs=2, batch_size=100, validation=0.2, seed=seed, progress=False)
    return net.flat_parameters.tobytes() + net.predict(X).tobytes() + repr(net.evaluate(X, Y)).encode()


@pytest.mark.parametrize("network", NETWORKS)
def test_bytes_of_a_fit_do_not_depend_on_the_number_of_threads(network, threads):
    ends = []
    for count in (1, 2, 4):
        threads(count)
        ends.append(fitted(NETWORKS[network]))
    assert ends[0] == ends[1] == ends[2]


def test_eight_fits_at_once_give_the_bytes_of_eight_in_turn(threads):
    threads(2)
    layers = [NETWORKS[name] for name in ("wide", "dropped", "convolutional", "recurrent")] * 2
    serial_for = [fitted(each, seed) for seed, each in enumerate(layers)]
    at_once = [b""] * len(layers)

    def run(seed):
        at_once[seed] = fitted(layers[seed], seed)

    fits = [threading.Thread(target=run, args=(seed,)) for seed in range(len(layers))]
    for each in fits:
        each.start()
    for each in fits:
        each.join(120)
    assert at_once == serial_for


def test_eight_threads_predict_what_one_does(threads):
    threads(2)
    net = gn.Network(NETWORKS["wide"]).build((784,), seed=1)
    expected = [net.predict(X[: count + 1]).tobytes() for count in range(0, 300, 10)]
    wrong = []

    def predict():
        for number, count in enumerate(range(0, 300, 10)):
            if net.predict(X[: count + 1]).tobytes() != expected[number]:
                wrong.append(count)

    predictions = [threading.Thread(target=predict) for _ in range(8)]
    for each in predictions:
        each.start()
    for each in predictions:
        each.join(60)
    assert wrong == []
