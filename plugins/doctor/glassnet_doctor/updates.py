"""How large the steps of a training were beside the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


def largest_ratio(case: Case) -> float:
    """Return the largest update by the size of its weights in any sample; 0 if nothing is known.

    Biases start at zero, so they are left out: only parameters with several axes count.
    """
    assert case.record is not None
    matrices = {slice_.name for slice_ in case.network.layout.slices if len(slice_.parameter.shape) > 1}
    return max(
        (
            each.update_ratio
            for sample in case.record.samples
            for name, each in sample.parameters.items()
            if name in matrices
        ),
        default=0.0,
    )
