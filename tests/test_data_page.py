"""The code on the page about data runs as it stands."""

import re
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[1] / "docs" / "data.md"


def test_the_example_of_the_page_finds_the_classes_again():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names = {}
    exec(code, names)
    assert np.mean(names["answers"] == names["labels"]) > 0.9
