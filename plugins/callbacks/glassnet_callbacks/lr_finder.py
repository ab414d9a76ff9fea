"""Find a step size: raise it batch by batch, and see where the loss falls fastest and where it breaks out."""

from __future__ import annotations

import copy
import math

import numpy as np

import glassnet as gn
from glassnet_terminal.standard_error import standard_error

# A slope needs a neighbour on each side.
_FEWEST_LOSSES = 3


class LRFinder(gn.Callback):
    """The learning-rate range test, in place of a training.

    Smith (2017), Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, section 3.3. The step size
    grows by the same factor with every step of the run, from `lowest` to `highest`; Smith adds the same amount, which
    leaves hardly a step for the small ones. Where the smoothed loss is several times its least value, the test is over.
    The remaining steps of that epoch are of size zero, and the run stops after it.

    The network is left as it was. Suggested is the step size at which the loss, over the logarithm of the step size,
    falls most steeply from half a decade below to half a decade above: from step to step it is mostly the batches'
    noise that falls. None is suggested where the loss falls nowhere. What is suggested is printed on standard error,
    and the curve is drawn into the run's folder as ``lr_finder.png``. A run of one epoch is enough where it has
    hundreds of steps.

    The smoothed loss is a running mean, of about ``1 / (1 - smoothing)`` steps. Before there are as many, it is that of
    few batches, and does not count. Of a short run, a third at most is left out.

    Raises
    ------
    OptionError
        When `lowest` is not below `highest`, or the run has too few steps to draw a curve.
    """

    needs_total_steps = True
    expects_divergence = True

    lowest: float = gn.option(1e-6, gt=0, log=True, help="the first step size")
    highest: float = gn.option(10.0, gt=0, log=True, help="the last step size")
    smoothing: float = gn.option(0.9, ge=0, lt=1, help="part of the mean loss that is kept each step")
    breaks_out: float = gn.option(4.0, gt=1, help="how many times the least loss ends the test")

    def on_run_start(self, run: gn.Run) -> None:
        if self.lowest >= self.highest:
            raise gn.OptionError(f"lr_finder: lowest must be below highest (got {self.lowest} and {self.highest})")
        if run.total_steps < _FEWEST_LOSSES:
            raise gn.OptionError(
                f"lr_finder: {run.total_steps} steps have no curve; give {_FEWEST_LOSSES} or more, better hundreds, by "
                "more epochs or smaller batches"
            )
        memory = run.state_of(self)
        memory.vector = run.network.flat_parameters.copy()
        memory.state = copy.deepcopy(run.network.state)
        memory.lrs, memory.losses = [], []
        memory.mean = 0.0
        memory.is_over = False
        memory.suggested = None

    def on_batch_start(self, run: gn.Run) -> None:
        # The schedule, if any, still multiplies: what is wanted is divided by it.
        run.lr_scale = 1.0
        wanted = 0.0 if run.state_of(self).is_over else self._lr(run.step, run.total_steps)
        run.lr_scale = wanted / run.lr if run.lr else 0.0

    def _lr(self, step: int, total_steps: int) -> float:
        return float(self.lowest * (self.highest / self.lowest) ** (step / (total_steps - 1)))

    def _steps_of_a_mean(self, total_steps: int) -> int:
        return min(round(1 / (1 - self.smoothing)), total_steps // 3)

    def on_batch_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if memory.is_over:
            return
        memory.mean = self.smoothing * memory.mean + (1 - self.smoothing) * run.batch_loss
        # Divided by the sum of the weights, as Adam does it: the mean starts at zero.
        loss = memory.mean / (1 - self.smoothing**run.step)
        if not math.isfinite(loss) or (memory.losses and loss > self._too_much(min(memory.losses))):
            memory.is_over = True
        elif run.step >= self._steps_of_a_mean(run.total_steps):
            memory.lrs.append(self._lr(run.step - 1, run.total_steps))
            memory.losses.append(loss)

    def _too_much(self, least: float) -> float:
        # A loss may be negative: then a multiple of the least would be less still.
        return least + (self.breaks_out - 1) * abs(least)

    def should_stop(self, run: gn.Run) -> bool:
        return bool(run.state_of(self).is_over)

    def on_run_end(self, run: gn.Run) -> None:
        memory = run.state_of(self)
        if not hasattr(memory, "vector"):
            return  # the run was refused before it began
        run.network.flat_parameters[:] = memory.vector
        run.network.state = memory.state
        run.network.counts.epochs, run.network.counts.steps = run.began.epochs, run.began.steps
        if len(memory.losses) < _FEWEST_LOSSES:
            if memory.is_over:
                print(
                    f"lr_finder: the loss breaks out at once; give lowest below {self.lowest:g}", file=standard_error()
                )
            return
        memory.suggested = self._steepest(run.total_steps, memory.lrs, memory.losses)
        if memory.suggested is not None:
            print(f"lr_finder: the loss falls most steeply at lr={memory.suggested:.2g}", file=standard_error())
        else:
            print(
                f"lr_finder: the loss falls nowhere from lr={self.lowest:g} up; try another range",
                file=standard_error(),
            )
        if run.folder is not None and not run.is_as_saved:
            picture = gn.create("report", "lr_finder")
            picture.of(memory.lrs, memory.losses, memory.suggested, run.folder / "lr_finder.png")

    def _steepest(self, total_steps: int, lrs: list[float], losses: list[float]) -> float | None:
        """Return the step size around which the loss falls most over a decade, or None where it never falls."""
        steps_a_decade = (total_steps - 1) / math.log10(self.highest / self.lowest)
        reach = min(max(1, round(steps_a_decade / 2)), (len(losses) - 1) // 2)
        # All are equally far apart on the logarithmic axis: the steepest slope is the largest fall.
        falls = np.array(losses[: -2 * reach]) - np.array(losses[2 * reach :])
        steepest = int(np.argmax(falls))
        return lrs[steepest + reach] if falls[steepest] > 0 else None
