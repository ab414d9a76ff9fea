"""Numbers that overflow float32, which ends at 3.4e38 with each step size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.trial import rate_of, trial_loss

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


class Float32Overflow(gn.Rule):
    """Finds a training that arrived at infinity or NaN, and arrives there with much smaller steps too."""

    needs = ("options", "record")
    reference = "IEEE (2019), Standard for Floating-Point Arithmetic, 754-2019"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        assert case.record is not None
        diverged = case.record.diverged
        if not diverged or diverged["step"] > 3 or case.options is None:
            return
        rate = rate_of(case.options.optimizer) or 1.0
        if np.isfinite(trial_loss(case, lr_factor=min(1e-4, 1e-6 / rate))):
            return
        is_narrow = case.network.dtype.itemsize < 8
        yield self.finding(
            0.95,
            str(diverged["layer"]),
            f"{diverged['problem']}, with smaller steps too",
            "scale the inputs to about -1..1"
            + (", or compute in a wider type: net.build(shape, dtype='float64')" if is_narrow else ""),
            step=diverged["step"],
            largest_input=float(np.max(np.abs(case.inputs))),
        )
