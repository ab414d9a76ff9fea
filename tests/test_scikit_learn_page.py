"""The code on the page about scikit-learn runs as it stands, from the first example to the last."""

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np

PAGE = Path(__file__).parents[1] / "docs" / "scikit-learn.md"


def test_the_examples_of_the_page_run_and_do_what_it_says(capsys):
    mpl.use("agg")
    names = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(code, names)
    assert names["scores"].mean() > 0.95
    assert names["search"].best_score_ > 0.95
    assert names["classifier"].n_iter_ == len(names["classifier"].validation_scores_) < 200
    assert names["regressor"].predict(names["x"]).shape == (20, 3)
    assert names["parts"].score(names["X_scaled"], names["y"]) > 0.3
    assert len(names["accuracies"]) == 5
    recalls = [
        float(line.split()[-1]) for line in capsys.readouterr().out.splitlines() if line.startswith(("None", "bal"))
    ]
    assert recalls[0] + 0.1 < recalls[1]
    assert np.ndim(names["tagger"].predict(names["words"])) == 2
