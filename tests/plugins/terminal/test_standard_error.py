"""Standard error as a place for remarks: what cannot be written is dropped."""

import io
import os
import sys

import pytest

from glassnet_terminal.standard_error import drop_output, is_terminal, standard_error


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


class Full:
    """A stream on a full disk."""

    def write(self, text):
        raise OSError(28, "No space left on device")

    def flush(self):
        raise OSError(28, "No space left on device")


class Half:
    """A stream of a program that has only half of one."""


def test_what_is_written_arrives(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert standard_error().write("epoch 1\n") == 8
    assert stream.getvalue() == "epoch 1\n"


@pytest.mark.parametrize("stream", [None, closed(), Full(), Half()], ids=["none", "closed", "full", "half"])
def test_a_stream_that_takes_nothing_is_no_error(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    remarks = standard_error()
    assert remarks.write("epoch 1\n") == 8
    remarks.flush()
    assert remarks.isatty() is False


def test_a_stream_is_wrapped_once(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys, "stderr", standard_error())
    assert standard_error() is sys.stderr


def test_the_rest_of_the_stream_is_its_own(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stderr", stream)
    assert standard_error().encoding == "latin-1"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals")
def test_a_terminal_is_known_and_a_pipe_is_none():
    ours, theirs = os.openpty()
    reading, writing = os.pipe()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(writing, "w") as pipe:
        assert is_terminal(terminal) is True
        assert is_terminal(pipe) is False
    os.close(ours)
    os.close(reading)


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe raises something else there")
def test_output_behind_a_closed_pipe_is_dropped():
    reading, writing = os.pipe()
    pipe = os.fdopen(writing, "w")
    pipe.write("for no reader")
    os.close(reading)
    drop_output(pipe)
    pipe.close()  # it would raise BrokenPipeError for what is left


@pytest.mark.parametrize("stream", [None, closed()], ids=["none", "closed"])
def test_there_is_nothing_to_drop_of_a_stream_that_is_none(stream):
    drop_output(stream)
