"""Pages on a terminal: a narrow one cuts no number."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_explanations.page.contents import page_of
from glassnet_explanations.page.markdown import to_markdown
from glassnet_explanations.page.terminal import show

NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
X = np.random.default_rng(0).normal(size=(2, 11))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_number_is_cut_on_a_narrow_terminal(width: int, monkeypatch: pytest.MonkeyPatch):
    net = gn.Network("dense(3) tanh dense(1)").build(11, seed=0)
    given = {"optimizer": "adam(lr=0.01)", "regularizer": "l2", "schedule": "cosine"}
    page = page_of(gn.explain(net, X, [[1.0], [0.0]], loss="mse", step=3, steps=9, **given))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    show(page)
    shown = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue())
    rows = [line for line in to_markdown(page).splitlines() if line.startswith("| ")]
    numbers = {number for row in rows for number in NUMBER.findall(row)}
    assert len(numbers) > 50
    assert numbers <= set(NUMBER.findall(shown))
    assert "before" in shown
