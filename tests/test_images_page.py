"""The code on the page about images runs as it stands."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "your-images.md"


def test_the_example_of_the_page_recognises_the_shapes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names = {}
    exec(code, names)
    names["photo"].close()
    assert names["figures"]["accuracy"] >= 0.9
    assert names["answer"] == "circle"
    assert (names["many"].argmax(axis=1) == 2).mean() > 0.9
    assert names["whole"]["accuracy"] > 0.9
