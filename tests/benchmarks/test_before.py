"""The worker that measures a row in an earlier version: it takes our turns alone, one a line."""

import io
import sys

import pytest

before_worker = pytest.importorskip("benchmarks.before_worker")
peers = pytest.importorskip("benchmarks.peers", reason="it needs the peers")


def test_a_turn_is_taken_at_each_line_after_one_that_is_not_counted(monkeypatch, capsys):
    seconds = iter([9.0, 0.25, 0.5])
    monkeypatch.setattr(sys, "stdin", io.StringIO("go\ngo\n"))
    with pytest.raises(SystemExit):
        before_worker.serve({peers.OURS: lambda: next(seconds), "PyTorch": lambda: pytest.fail("it was asked")}, 5)
    assert capsys.readouterr().out == "0.25\n0.5\n"
