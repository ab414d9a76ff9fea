"""Compilers that are called on a small stack: another thread runs them, and what they return or raise comes back."""

import subprocess
import sys
import threading

import pytest

from glassnet_machine_code.large_stack import on_large_stack

PROGRAM = """
import threading
import glassnet as gn
from glassnet_accelerators.conv2d import NumbaConv2D

found = []
layer = gn.Network("conv2d(2, 3)").layers[0]
threading.stack_size(65536)
thread = threading.Thread(target=lambda: found.append(NumbaConv2D().replacement(layer)))
thread.start()
thread.join()
print(type(found[0]).__name__)
"""


@pytest.fixture
def in_thread():
    """Return a function that calls another one in a thread with a small stack, and returns its result."""

    def call(function):
        found = []
        before = threading.stack_size(262_144)
        try:
            thread = threading.Thread(target=lambda: found.append(function()))
            thread.start()
            thread.join()
            assert threading.stack_size() == 262_144
        finally:
            threading.stack_size(before)
        return found[0]

    return call


def test_another_thread_calls_the_function(in_thread):
    assert in_thread(lambda: on_large_stack(threading.current_thread)).name == "glassnet-compiler"


def test_the_main_thread_calls_it_itself():
    assert on_large_stack(threading.current_thread) is threading.main_thread()


def test_an_error_comes_back(in_thread):
    def call():
        with pytest.raises(ZeroDivisionError):
            on_large_stack(lambda: 1 / 0)
        return "raised"

    assert in_thread(call) == "raised"


def test_without_a_further_thread_the_caller_does_it(in_thread, monkeypatch):
    def call():
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            return on_large_stack(lambda: "done")

    def refuse(self):
        raise RuntimeError("can't start new thread")

    assert in_thread(call) == "done"


def test_numba_is_imported_on_a_large_stack():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100)
    assert (run.returncode, run.stdout, run.stderr) == (0, "ConvolutionInPlace\n", "")
