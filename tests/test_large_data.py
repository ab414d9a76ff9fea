"""The page about data larger than memory: its code runs, in its order, and does what the page says."""

import re
from pathlib import Path

import numpy as np

import glassnet as gn

PAGE = Path(__file__).parents[1] / "docs" / "large-data.md"


def test_the_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    histories = []
    fit = gn.Network.fit
    monkeypatch.setattr(gn.Network, "fit", lambda *given, **named: histories.append(fit(*given, **named)))
    names = {}
    write, arrays, batches, mixed = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    for block in (write, arrays):
        exec(block, names)
    outputs = np.load("outputs.npy")
    assert (outputs.argmax(axis=1) == (names["x"][:, 0] > names["x"][:, 1])).mean() > 0.9
    exec(batches, names)
    assert histories[0]["val_accuracy"][-1] > 0.9
    assert histories[1]["val_accuracy"][-1] > 0.9
    exec(mixed, names)
    assert histories[2]["loss"][-1] < 0.3
