"""A learning rate that is too low: the weights hardly move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import glassnet as gn
from glassnet_doctor.trial import rate_of, trial_loss
from glassnet_doctor.updates import largest_ratio

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class LrTooLow(gn.Rule):
    """Finds steps that are small beside the weights, in a training that goes much better with larger ones.

    The network is trained anew for a few steps, with 10, 100 and 1,000 times the step size.
    """

    needs = ("options", "record")
    reference = (
        "Bengio (2012), Practical recommendations for gradient-based training of deep architectures, section 3.1.1"
    )

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.options is not None
        assert case.record is not None
        ratio, rate = largest_ratio(case), rate_of(case.options.optimizer)
        if rate is None or case.record.diverged is not None or ratio > 2e-3 or case.learned > 0.7:
            return
        here = min(case.present_loss, case.guess)
        # The first parameters of a trial are new: if these alone help, it is not the step size.
        if trial_loss(case) < 0.6 * here:
            return
        # A step of a hundredth of the weights is a usual one.
        usual = [size / ratio for size in (0.003, 0.03) if ratio > 0 and size / ratio > 1000]
        factors = [10.0, 100.0, 1000.0, *usual]
        higher = {factor: trial_loss(case, lr_factor=factor) for factor in factors}
        factor = min(higher, key=lambda each: higher[each])
        if not higher[factor] < 0.6 * here:
            return
        yield self.finding(
            0.92,
            f"optimizer '{case.options.optimizer!r}'",
            "the steps are too small: with larger ones the loss is lower after fewer steps",
            f"raise the learning rate: lr={rate * factor:g}",
            lr=rate,
            largest_step_by_weights=ratio,
            loss=case.present_loss,
            **{f"loss_with_lr_{rate * factor:g}": higher[factor]},
        )
