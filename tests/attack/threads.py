"""Use glassnet from many threads at once: the bytes must be those of one call after another.

One network that is fitted by two threads at once must be an error.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import glassnet as gn
from tests.attack.children import Ending, in_child
from tests.attack.report import Report

PREDICTING, FITTING = 16, 8
# How many predictions and evaluations each thread makes, and how many times all fits run.
SHORT, FULL = 10, 100

_RNG = np.random.default_rng(0)
_X = _RNG.normal(size=(600, 40)).astype(np.float32)
_Y = (_X[:, 0] > 0).astype(np.int64)
_NETWORKS: dict[str, tuple[str, np.ndarray]] = {
    "dense": ("dense(32) batch_norm relu dropout(0.2) dense(2) softmax", _X),
    # Wide enough for a product to be shared between threads of glassnet's own.
    "wide": ("dense(1500) relu dense(2) softmax", _X),
    "conv2d": ("conv2d(8, 3) relu max_pool2d(2) flatten dense(3) softmax", _RNG.normal(size=(100, 12, 12, 1))),
    "lstm": ("lstm(16) dense(2)", _X.reshape(-1, 10, 4)[:300]),
    "attention": ("self_attention(2) layer_norm flatten dense(2)", _X.reshape(-1, 10, 4)[:300]),
}
_ROWS = (1, 7, 100, 300)
_BATCH = 300


def attack(rounds: int, seed: int) -> Report:
    """Predict, evaluate and fit at once; the threads decide by themselves, so `seed` changes nothing."""
    report = Report("threads", {"predictions": 0, "evaluations": 0, "fits": 0})
    for name in _NETWORKS:
        _judge(f"predictions of {name} differ", in_child(_predict_at_once, name, rounds), report, "predictions")
    _judge("evaluations differ", in_child(_evaluate_at_once, rounds), report, "evaluations")
    for name in ("dense", "wide"):
        _judge(f"fits of {name} differ", in_child(_fit_at_once, name, max(1, rounds // 10)), report, "fits")
    ending = in_child(_fit_one_network_twice_at_once)
    if ending.how != "done":
        report.fault("one network is fitted twice at once", ending.message or ending.how)
    return report


def _judge(fault: str, ending: Ending, report: Report, figure: str) -> None:
    if ending.how != "done":
        report.fault(fault, f"{ending.how}: {ending.message}")
        return
    calls, wrong = ending.value
    report.count(figure, calls)
    if wrong:
        report.fault(fault, f"{wrong} of {calls} calls give other bytes")


def _at_once(threads: int, call: Callable[[int], int]) -> int:
    """Call a function from many threads that start together; return the sum of what the calls return."""
    together = threading.Barrier(threads)

    def started(number: int) -> int:
        together.wait()
        return call(number)

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(started, range(threads)))


def _predict_at_once(name: str, rounds: int) -> tuple[int, int]:
    """Return how many predictions were made, and how many of them were other than alone."""
    layers, x = _NETWORKS[name]
    network = gn.Network(layers).build(x.shape[1:])
    expected = {rows: network.predict(x[:rows]).tobytes() for rows in _ROWS}

    def wrong(_: int) -> int:
        answers = [(rows, network.predict(x[:rows]).tobytes()) for _ in range(rounds) for rows in _ROWS]
        return sum(answer != expected[rows] for rows, answer in answers)

    return PREDICTING * rounds * len(_ROWS), _at_once(PREDICTING, wrong)


def _evaluate_at_once(rounds: int) -> tuple[int, int]:
    network = _fitted("dense", 0)
    expected = network.evaluate(_X, _Y)
    calls = _at_once(FITTING, lambda _: sum(network.evaluate(_X, _Y) != expected for _ in range(rounds)))
    return FITTING * rounds, calls


def _fit_at_once(name: str, rounds: int) -> tuple[int, int]:
    expected = [_fitted(name, seed).flat_parameters.tobytes() for seed in range(FITTING)]
    wrong = sum(
        _at_once(FITTING, lambda seed: _fitted(name, seed).flat_parameters.tobytes() != expected[seed])
        for _ in range(rounds)
    )
    return FITTING * rounds, wrong


def _fitted(name: str, seed: int, **options: Any) -> gn.Network:
    network = gn.Network(_NETWORKS[name][0])
    measured = {"loss": "cce", "metrics": ["accuracy"]}
    network.fit(_X, _Y, optimizer="adam", batch_size=_BATCH, epochs=3, seed=seed, progress=False, **measured, **options)
    return network


class _FitsAgain(gn.Callback):
    """Fits the network once more, from another thread, in the middle of its fit."""

    def on_epoch_start(self, run: gn.Run) -> None:
        with ThreadPoolExecutor(1) as pool:
            run.state_of(self)._error = pool.submit(_fit, run.network).exception()

    def on_epoch_end(self, run: gn.Run) -> None:
        if not isinstance(run.state_of(self)._error, gn.GlassnetError):
            raise AssertionError(f"the second fit ended with {run.state_of(self)._error!r}")


def _fit(network: gn.Network) -> None:
    network.fit(_X, _Y, loss="cce", optimizer="adam", progress=False)


def _fit_one_network_twice_at_once() -> None:
    warnings.simplefilter("ignore")
    _fitted("dense", 0, callbacks=[_FitsAgain()])
