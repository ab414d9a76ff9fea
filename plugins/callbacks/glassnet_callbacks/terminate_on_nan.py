"""Stop as soon as the loss is not a finite number."""

from __future__ import annotations

import math

import glassnet as gn


class TerminateOnNan(gn.Callback):
    """Ends a run with ``on_divergence="continue"`` at the first batch whose loss is NaN or infinite.

    By then that batch's step has been taken, so the parameters are likely not finite either. Without that option, `fit`
    ends the run before the step, and names the layer.

    Raises
    ------
    NonFiniteError
        With the epoch and the step.
    """

    def on_batch_end(self, run: gn.Run) -> None:
        if not math.isfinite(run.batch_loss):
            raise gn.NonFiniteError(
                f"the loss is {run.batch_loss} at step {run.step}, in epoch {run.epoch + 1}; "
                f"lower the learning rate (lr is {run.optimizer.lr:g}), or scale the inputs to about -1..1"
            )
