"""A learning rate that is too high: each step leaves the loss where it was, or worse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.trial import rate_of, trial_loss
from glassnet_doctor.updates import largest_ratio

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LrTooHigh(gn.Rule):
    """Finds steps that are large beside the weights, in a training that goes much better with smaller ones.

    The network is trained anew for a few steps, with a tenth and a hundredth of the step size.
    """

    needs = ("options", "record")
    reference = (
        "Bengio (2012), Practical recommendations for gradient-based training of deep architectures, section 3.1.1"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        assert case.record is not None
        has_diverged = case.record.diverged is not None
        ratio, rate = largest_ratio(case), rate_of(case.options.optimizer)
        # Steps as large as the weights leave a mark on a training that went rather well, too.
        well = 0.95 if ratio > 0.3 else 0.7
        if rate is None or not (has_diverged or ratio > 0.03) or (case.learned > well and not has_diverged):
            return
        # The first parameters of a trial are new: if these alone help, it is not the step size.
        here = min(trial_loss(case), float("inf") if has_diverged else case.present_loss)
        # A step of a hundredth of the weights is a usual one; so are these rates.
        usual = [factor for factor in (0.01 / max(ratio, 1), 0.01 / rate, 0.001 / rate) if 0 < factor < 0.01]
        factors = [0.1, 0.01, *usual]
        lower = {factor: trial_loss(case, lr_factor=factor) for factor in factors}
        factor = min(lower, key=lambda each: lower[each])
        if not lower[factor] < 0.6 * here or lower[factor] > 0.9 * case.guess:
            return
        yield self.finding(
            0.92,
            f"optimizer '{case.options.optimizer!r}'",
            "the training diverged" if has_diverged else "the steps are too large: with smaller ones the loss is lower",
            f"lower the learning rate: lr={rate * factor:g}",
            lr=rate,
            largest_step_by_weights=ratio,
            loss=here if np.isfinite(here) else "diverged",
            **{f"loss_with_lr_{rate * factor:g}": lower[factor]},
        )
