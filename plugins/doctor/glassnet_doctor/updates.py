"""How large the steps of a training were beside the weights."""

from __future__ import annotations

from glassnet_doctor.record import Record


def largest_ratio(record: Record) -> float:
    """Return the largest update by the size of its weights in any sample; 0 if nothing is known.

    Biases start at zero, so they are left out.
    """
    return max(
        (
            each.update_ratio
            for sample in record.samples
            for name, each in sample.parameters.items()
            if not name.endswith(("bias", "biases", "shift"))
        ),
        default=0.0,
    )
