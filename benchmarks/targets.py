"""What the measurements are to reach."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.peers import DEFAULT_ADAM, FUSED_ADAM, JAX, OURS, PLAIN, SCIKIT_LEARN
from benchmarks.results import Results
from benchmarks.rounds import Ratio, ratio

Measured = Ratio | float | str | None


@dataclass(frozen=True)
class Target:
    """A bound, and what is measured against it.

    Attributes
    ----------
    about
        What it is about: the heading under which ``text/explanations.md`` says why it is missed.
    figure
        Which figure of that.
    measure
        Returns the figure; a text where it cannot count, None where it was not measured.
    """

    about: str
    figure: str
    bound: float
    measure: Callable[[Results], Measured]
    unit: str = ""
    at_least: bool = False

    def reached(self, results: Results) -> bool | None:
        """Say whether the median keeps to the bound; None where that is not known."""
        measured = self.measure(results)
        if measured is None or isinstance(measured, str):
            return None
        median = measured.median if isinstance(measured, Ratio) else measured
        return median >= self.bound if self.at_least else median <= self.bound


def _ratio(case: str, ours: str, theirs: str, results: Results) -> Measured:
    result = results.by_name.get(case)
    if result is None:
        return None
    for name in (theirs, ours):
        if name not in result["seconds"]:
            return f"left out: {result['missing'][name]}" if name in result.get("missing", {}) else None
        if name in result.get("not_counted", {}):
            return f"not counted: {result['not_counted'][name]}"
    return ratio(result["seconds"][ours], result["seconds"][theirs])


def _median(case: str, name: str, scale: float, results: Results) -> Measured:
    result = results.by_name.get(case)
    return None if result is None else scale * statistics.median(result["seconds"][name])


def _more(case: str, results: Results) -> Measured:
    result = results.by_name.get(case)
    if result is None:
        return None
    without, many = (result["seconds"][which] for which in ("without", "with"))
    return 1000 * statistics.median(b - a for a, b in zip(without, many, strict=True))


def _share(case: str, results: Results) -> Measured:
    """Return the share of matrix products in an epoch, as glassnet's own profiles show it."""
    result = results.by_name.get(case)
    return None if result is None else ratio(result["shares"], [1.0] * len(result["shares"]))


def _megabytes(results: Results) -> Measured:
    result = results.by_name.get("memory/train mnist")
    return None if result is None else float(result["megabytes"])


def _beside(about: str, case: str, bounds: dict[str, float], ours: str = OURS) -> list[Target]:
    figure = "our time / " if ours == OURS else f"{ours} / "
    return [Target(about, figure + name, bound, partial(_ratio, case, ours, name)) for name, bound in bounds.items()]


def _adams(default: float, fused: float, jax: float) -> dict[str, float]:
    return {DEFAULT_ADAM: default, FUSED_ADAM: fused, JAX: jax}


# The names of what is trained, in `cases.TRAINING`.
TRAINED = {
    "XOR step": "xor",
    "784-128-64-10, batch 64": "784-128-64-10",
    "784-128-10, batch 128": "784-128-10",
    "784-512-512-10, batch 128": "784-512-512-10",
    "784-2048-2048-10, batch 256": "784-2048-2048-10",
    "convolutional": "convolutional",
}
_SMALL, _SMALLER, _MIDDLE, _LARGE = list(TRAINED)[1:5]
_DENSE = {about: f"training/{case}" for about, case in TRAINED.items() if about != "convolutional"}

TARGETS = [
    *_beside("XOR step", "training/xor", _adams(0.25, 0.4, 0.8)),
    *_beside(_SMALL, _DENSE[_SMALL], _adams(0.45, 0.6, 0.9)),
    *_beside(_SMALLER, _DENSE[_SMALLER], _adams(0.5, 0.7, 0.9)),
    *_beside(_MIDDLE, _DENSE[_MIDDLE], _adams(0.7, 0.85, 0.9)),
    *_beside(_LARGE, _DENSE[_LARGE], _adams(0.85, 0.95, 1.0)),
    *_beside("convolutional", "training/convolutional", _adams(0.9, 1.0, 1.0)),
    *_beside("predict 1 sample", "prediction/1", {DEFAULT_ADAM: 0.3, JAX: 0.5}),
    *_beside("predict 10,000 samples", "prediction/10000", {DEFAULT_ADAM: 1.0, JAX: 1.0}),
    *[
        target
        for size, default in (("0.1 M", 0.3), ("0.7 M", 0.4), ("6 M", 0.3))
        for target in _beside(
            f"Adam alone, {size} parameters",
            f"optimizers/adam {size}",
            {"PyTorch, default": default, "PyTorch, fused": 1.0},
        )
    ],
    *_beside(_SMALL, _DENSE[_SMALL], {DEFAULT_ADAM: 0.6}, PLAIN),
    *_beside(_MIDDLE, _DENSE[_MIDDLE], {DEFAULT_ADAM: 1.0}, PLAIN),
    *_beside(_LARGE, _DENSE[_LARGE], {DEFAULT_ADAM: 1.05}, PLAIN),
    *[target for about, case in _DENSE.items() for target in _beside(about, case, {SCIKIT_LEARN: 0.4})],
    *_beside("time to 97.5 % on MNIST", "accuracy/97.5 %", {DEFAULT_ADAM: 0.4, JAX: 0.4}),
    *[
        Target(about, "share of matrix products", share, partial(_share, f"profiles/{TRAINED[about]}"), at_least=True)
        for about, share in ((_SMALL, 0.4), (_MIDDLE, 0.6), (_LARGE, 0.8))
    ],
    Target("memory", "peak of `glassnet train mnist`", 300, _megabytes, " MB"),
    Target(
        "start",
        "`import glassnet` / `import numpy`",
        1.3,
        partial(_ratio, "starting/import", "import glassnet", "import numpy"),
    ),
    Target("start", "`glassnet --help`", 250, partial(_median, "starting/help", "glassnet --help", 1000), " ms"),
    Target(
        "start",
        "what 1,000 plugins add to `glassnet --help`",
        150,
        partial(_more, "plugins/glassnet --help"),
        " ms",
    ),
    Target("data", "MNIST loaded", 0.5, partial(_median, "starting/mnist", "MNIST loaded", 1), " s"),
]
