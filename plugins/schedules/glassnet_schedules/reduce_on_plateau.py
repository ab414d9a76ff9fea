"""A step size that drops when validation no longer gets better."""

from __future__ import annotations

import math

import glassnet as gn


class ReduceOnPlateau(gn.Schedule):
    """Multiplies the step size by `factor` when `monitor` has not improved for more than `patience` epochs.

    Bengio (2012), Practical Recommendations for Gradient-Based Training of Deep Architectures, arXiv:1206.5533,
    section 3.1.1, on adapting the step size to what the error does.

    Conventions
    -----------
    PyTorch's ReduceLROnPlateau with ``threshold_mode="abs"``, ``threshold=min_delta``, ``cooldown=0``, ``eps=0`` and
    ``min_lr`` = `min_factor` times the optimizer's ``lr``: `patience` epochs without improvement are forgiven, and the
    next one drops. Keras drops one epoch earlier.

    Raises
    ------
    OptionError
        When the run has no validation data or no such figure, or ``mode="auto"`` cannot know which way is better.
    """

    monitor: str = gn.option("val_loss", help="the validation figure to watch")
    factor: float = gn.option(0.1, gt=0, lt=1, help="what the step size is multiplied with")
    patience: int = gn.option(10, ge=0, help="epochs without improvement that are forgiven")
    min_delta: float = gn.option(1e-4, ge=0, help="what a change must exceed to be an improvement")
    mode: str = gn.option("auto", choices=("auto", "min", "max"), help="whether lower or higher is better")
    min_factor: float = gn.option(0.0, ge=0, le=1, help="the smallest step size, as a fraction of the first")

    checks = gn.Checks(
        counterpart="torch.optim.lr_scheduler.ReduceLROnPlateau(mode='min', factor=factor, patience=patience, "
        "threshold=min_delta, threshold_mode='abs', eps=0, min_lr=min_factor * base_lr)"
    )
    formula = "lr = base_lr factor^k after k drops"
    needs_total_steps = False

    def lr(self, step: int, total_steps: int, base_lr: float) -> float:
        # The drops are in the run's own factor, which multiplies what is returned here.
        return base_lr

    def on_run_start(self, run: gn.Run) -> None:
        if run.validation is None:
            raise gn.OptionError("reduce_on_plateau needs validation data; give validation=0.1, or another schedule")
        run.state_of(self).best = math.inf
        run.state_of(self).epochs_without_improvement = 0

    def on_validation_end(self, run: gn.Run) -> None:
        if self.monitor not in run.logs:
            recorded = [name for name in run.logs if name.startswith("val_")]
            near = gn.did_you_mean(self.monitor, recorded)
            raise gn.OptionError(
                f"reduce_on_plateau: no figure {self.monitor!r}{near} (recorded: {', '.join(recorded)}); "
                "monitor one that is recorded"
            )
        memory = run.state_of(self)
        value = run.logs[self.monitor] * gn.monitor_sign(run, self.monitor, self.mode, asked_by=self)
        if value < memory.best - self.min_delta:
            memory.best = value
            memory.epochs_without_improvement = 0
        else:
            memory.epochs_without_improvement += 1
        if memory.epochs_without_improvement > self.patience:
            run.lr_scale = max(run.lr_scale * self.factor, self.min_factor)
            memory.epochs_without_improvement = 0
