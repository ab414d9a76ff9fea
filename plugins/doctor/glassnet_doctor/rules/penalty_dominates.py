"""A penalty that dominates: the weights go to zero instead of to what the data say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import glassnet as gn
from glassnet_doctor.trial import trial_loss

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class PenaltyDominates(gn.Rule):
    """Finds a regularizer that pulls harder than the data, in a training that does badly and goes well without it."""

    reference = "Goodfellow, Bengio and Courville (2016), Deep Learning, section 7.1"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        vitals = case.start if case.start is not None else case.now
        if vitals.penalty <= 0 or (case.is_trained and case.learned > 0.7):
            return
        share = vitals.penalty_share
        without = float("nan")
        if case.options is not None and case.options.regularizer is not None and case.is_trained:
            without = trial_loss(case, regularizer=None)
            if not without < 0.6 * min(case.present_loss, trial_loss(case)):
                return
        elif share < 1:
            return
        yield self.finding(
            0.96 if without == without else 0.8,
            f"regularizer '{case.regularizer!r}'" if case.regularizer is not None else "the regularizers of layers",
            "the penalty pulls the weights to zero before they follow the data",
            f"make the penalty much smaller{_smaller(case.regularizer)}, or leave it out",
            pull_of_penalty_by_loss=share,
            loss=case.present_loss,
            **({"loss_without_penalty": without} if without == without else {}),
        )


def _smaller(regularizer: Any) -> str:
    """Return how a smaller penalty is given; nothing if it has no strength of its own."""
    if regularizer is None or "strength" not in regularizer.options:
        return ""
    strength = min(1e-4, regularizer.options["strength"] / 100)
    return f", such as regularizer='{regularizer.replace(strength=strength)!r}'"
