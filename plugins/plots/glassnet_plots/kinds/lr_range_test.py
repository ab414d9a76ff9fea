"""The plot lr_range_test: the loss while the step size grows."""

from __future__ import annotations

import contextlib
import io
import math
from typing import TYPE_CHECKING, Any

import glassnet as gn
from glassnet.training.loop import train
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject
from glassnet_stepwise.unstarted_run import new_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Of a training, what a range test uses too: its schedule and its callbacks would change what is measured.
_USED = ("loss", "optimizer", "batch_size", "regularizer", "seed", "class_weight")


class LRRangeTest(Plot):
    """The learning-rate range test: the loss while the step size grows, and the step size at which it falls fastest.

    A new network is trained for some steps by the callback lr_finder, with the optimizer and the batch size of the run.
    No finished run is needed: ``glassnet plot lr_range_test mnist``.

    Smith (2017), Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, section 3.3.
    """

    lowest: float = gn.option(1e-6, gt=0, log=True, help="the first step size")
    highest: float = gn.option(10.0, gt=0, log=True, help="the last step size")
    steps: int = gn.option(200, ge=3, help="how many steps are taken, at least")

    def measure(self, subject: Subject) -> Numbers:
        split = subject.train
        options = {name: subject.options[name] for name in _USED if subject.options.get(name) is not None}
        if split is None or "optimizer" not in options:
            raise gn.OptionError(
                "a range test needs training data and an optimizer; give a dataset such as mnist, the folder of a run, "
                "or x and y of a network that was trained"
            )
        batch_size = options.get("batch_size", 32)
        epochs = math.ceil(self.steps / math.ceil(len(split) / batch_size))
        finder: gn.Callback = gn.create("callback", f"lr_finder(lowest={self.lowest}, highest={self.highest})")
        network = subject.fresh_network()
        run = new_run(network, split, None, {**options, "epochs": epochs, "callbacks": [finder], "progress": False})
        with contextlib.redirect_stderr(io.StringIO()):  # the finder prints what the plot shows
            train(run)
        found: Any = run.state_of(finder)
        if not found.losses:
            raise gn.OptionError(
                f"the loss breaks out at once; give a smaller step size to begin with than lowest={self.lowest:g}"
            )
        return {"lr": list(found.lrs), "loss": list(found.losses), "suggested": found.suggested}

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        figure: Figure = gn.create("report", "lr_finder").of(numbers["lr"], numbers["loss"], numbers["suggested"])
        return figure
