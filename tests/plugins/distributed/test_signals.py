"""Signals are noted by each rank, and SIGHUP counts as SIGTERM."""

import signal

import pytest

from glassnet_distributed.signals import JointSignals


@pytest.fixture
def handled():
    """Return a list of the signals that reach a handler that was there before."""
    got = []
    before = {
        number: signal.signal(number, lambda number, _: got.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield got
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("sent", "noted"),
    [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGTERM)],
)
def test_a_signal_is_noted_until_the_ranks_agree(handled, sent, noted):
    signals = JointSignals()
    signal.raise_signal(sent)
    assert handled == []
    assert [number for number, times in signals.got.items() if times] == [noted]
    signals.handler(noted)(noted, None)
    signal.raise_signal(sent)
    assert handled == [noted, sent]


def test_a_hang_up_that_is_ignored_stays_ignored(handled):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals = JointSignals()
    signal.raise_signal(signal.SIGHUP)
    assert not any(signals.got.values())
