"""The page about several machines: its code runs, and its tables are what was measured."""

import json
import re
from pathlib import Path

import numpy as np
import polars
import pytest

import glassnet as gn
from benchmarks import scaling

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)


def test_the_code_of_the_page_runs_in_one_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    shared, table, parquet = BLOCKS
    exec(shared, names)
    assert gn.load("digits.safetensors").predict(names["data"].test.x).tobytes() == names["outputs"].tobytes()
    prices = polars.DataFrame({"size": np.arange(600) % 37, "price": np.arange(600) % 37 * 1.5 + 2})
    prices.write_parquet("big.parquet")
    exec(table, names)
    assert len(names["data"].train) + len(names["data"].test) == 600
    polars.DataFrame({"x": np.arange(8.0), "y": np.arange(8.0)}).write_parquet("table.parquet", row_group_size=2)
    names["net"] = gn.Network("dense(1)")
    exec(parquet, names)
    assert names["net"].counts.steps == 12


def test_the_tables_are_what_was_measured():
    results = json.loads(scaling.SAVED.read_text())
    assert scaling.page(PAGE.read_text(), results) == PAGE.read_text(), "run python -m benchmarks.scaling --write"


def test_the_sum_takes_what_the_formula_says():
    link = scaling.Link(latency=1e-3, bandwidth=1e6)
    # 8 ranks, 1,000 bytes: three rounds of 1 ms and 1 ms; 8 MB: six latencies, and 2 · 7/8 of 8 seconds.
    assert scaling.sum_seconds(1000, 8, link, add=0.0) == pytest.approx(6e-3)
    assert scaling.sum_seconds(8e6, 8, link, add=0.0) == pytest.approx(6e-3 + 14.0)
    assert scaling.sum_seconds(8e6, 1, link) == 0.0


def test_efficiency_is_the_part_that_computes():
    link = scaling.Link(latency=0.0, bandwidth=4e6)
    sent = scaling.sum_seconds(4 * (1_000_000 + scaling.FIGURES), 2, link) + scaling.packing_seconds(1_000_000)
    assert scaling.efficiency(sent, 1_000_000, 2, link) == pytest.approx(0.5)
    assert scaling.speedup(2 * sent, 1_000_000, 2, link) == pytest.approx(1.0)


def test_link_is_found_again_in_sums_that_follow_the_formula():
    link = scaling.Link(latency=2e-4, bandwidth=5e8)
    seconds = {str(size): [link.latency + size / link.bandwidth] * 3 for size in (64, 1_000_000, 8_000_000)}
    assert scaling.fitted(seconds).bandwidth == pytest.approx(link.bandwidth)
    assert scaling.fitted(seconds).latency == pytest.approx(link.latency, rel=1e-3)
