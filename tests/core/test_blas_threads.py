"""How many threads compute a product: the rule, and that the number is put back."""

import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet import blas_threads as module
from glassnet.blas_threads import blas_threads, threads_for, threads_now

VARIABLES = ("GLASSNET_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS")


class Library:
    """A BLAS whose number of threads can be read."""

    def __init__(self, threads):
        self.threads = threads

    def get_num_threads(self):
        return self.threads

    def set_num_threads(self, threads):
        self.threads = threads


@pytest.fixture
def library(monkeypatch):
    """A library on a machine with 8 cores, on which nobody has set anything."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    one = Library(8)
    monkeypatch.setattr(module, "_libraries", lambda: [one])
    monkeypatch.setattr(module, "cores", lambda: 8)
    return one


@pytest.mark.parametrize(
    ("parameters", "batch", "threads"),
    [
        (33, 4, 1),
        (75_000, 64, 1),  # 4.8 million
        (80_384, 64, 2),  # 5.1 million
        (101_770, 128, 5),  # 13.0 million
        (669_706, 128, 8),  # 85.7 million: more than there are cores
        (0, 32, 1),
    ],
)
def test_a_thread_for_each_two_and_a_half_million_products(parameters, batch, threads, library):
    assert threads_for(parameters, batch) == threads


def test_a_library_whose_threads_nobody_can_limit_is_not_asked(monkeypatch):
    import threadpoolctl

    class OnTbb(Library):
        """MKL, when its threads are those of TBB."""

        threading_layer = "tbb"

    class Found:
        """What threadpoolctl finds in such a process."""

        def select(self, user_api):
            return self

        lib_controllers = (Library(2), OnTbb(1))

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", Found)
    module._libraries.cache_clear()
    try:
        assert threads_now() == 2
    finally:
        module._libraries.cache_clear()


@pytest.mark.parametrize("name", VARIABLES)
def test_what_the_user_set_stays(name, library, monkeypatch):
    monkeypatch.setenv(name, "3")
    assert threads_for(5_000_000, 256) is None
    with blas_threads(threads_for(5_000_000, 256)):
        assert library.threads == 8


def test_what_a_program_set_stays(library):
    library.threads = 2
    with blas_threads(1):
        assert library.threads == 2
    assert library.threads == 2


def test_the_number_is_put_back(library):
    with blas_threads(1):
        with blas_threads(4):
            assert library.threads == 4
        assert library.threads == 1
    assert library.threads == 8


def test_the_number_is_put_back_after_an_error(library):
    with pytest.raises(KeyError), blas_threads(1):
        raise KeyError
    assert library.threads == 8


def test_two_at_once_leave_the_number_as_it_was(library):
    entered, leave = threading.Event(), threading.Event()

    def other():
        with blas_threads(2):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with blas_threads(1):
        thread.start()
        entered.wait(10)
    leave.set()
    thread.join()
    assert library.threads == 8


def fit(epochs, folder=None, resume_from=None, callbacks=()):
    net = gn.Network("dense(1)")
    options = {"loss": "mse", "optimizer": "sgd", "epochs": epochs, "progress": False}
    net.fit(np.ones((4, 2)), np.ones(4), folder=folder, resume_from=resume_from, callbacks=callbacks, **options)


class Watch(gn.Callback):
    """Notes how many threads there are."""

    seen = []

    def on_batch_end(self, run):
        Watch.seen.append(threads_now())


def test_a_run_is_continued_with_as_many_threads_as_it_had(library, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PRODUCTS_A_THREAD", 32)  # 3 parameters, a batch of 32: 3 threads
    Watch.seen = []
    fit(1, tmp_path, callbacks=[Watch()])
    assert Watch.seen == [3]
    monkeypatch.undo()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_libraries", lambda: [library])
    monkeypatch.setattr(module, "cores", lambda: 8)
    fit(2, tmp_path, resume_from=tmp_path, callbacks=[Watch()])
    assert Watch.seen == [3, 3]
    assert library.threads == 8


def test_the_real_library_is_set_and_put_back(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    before = threads_now()
    monkeypatch.setattr(module, "cores", lambda: before)
    with blas_threads(1):
        assert threads_now() == 1
    assert threads_now() == before
