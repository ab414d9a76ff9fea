"""Metrics beside values that scikit-learn gave; see make_values/metrics.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

with np.load(Path(__file__).parent / "values" / "metrics.npz") as _file:
    ARRAYS = {name: _file[name] for name in _file.files}
FIGURES = dict(zip(ARRAYS["names"].tolist(), ARRAYS["figures"].tolist(), strict=True))
FIGURES |= {name: array for name, array in ARRAYS.items() if "|" in name}


@pytest.mark.parametrize("case", FIGURES)
def test_figure(case: str) -> None:
    spec, targets, outputs = case.split("|")
    y_true, y_pred = ARRAYS[f"inputs/{targets}"], ARRAYS[f"inputs/{outputs}"]
    metric = gn.create("metric", spec).fresh()
    for start in range(0, len(y_true), 17):
        metric.update(y_true[start : start + 17], y_pred[start : start + 17])
    np.testing.assert_allclose(metric.compute(), FIGURES[case], rtol=1e-12, atol=1e-15)


def test_every_metric_is_compared() -> None:
    # No component is forgotten when one is added.
    own = {gn.metrics[name] for name in dir(gn.metrics) if gn.metrics[name].__module__.startswith("glassnet_metrics.")}
    assert {type(gn.create("metric", case.split("|")[0])) for case in FIGURES} == own
