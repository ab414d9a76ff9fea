"""Data on their way into a network: all samples are looked at once, before anything is trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.data.arrays import Columns, row_blocks
from glassnet.data.preparation import Expected
from glassnet.errors import DataError
from glassnet_inputs.finite import check_finite
from glassnet_inputs.inputs import exceeds_one


class ExpectedNumbers(Expected):
    """What data have to be like: of one shape, finite, not too large, and on the scale of the training."""

    def check(self, x: Any, y: Any, columns: Columns = None, name: str = "", *, before: int = 0, past: int = 0) -> None:
        """Check samples and targets; `name` ends with a space."""
        self.check_inputs(x, f"{name}x", columns, before=before, past=past)
        check_finite(y, f"{name}y", dtype=self.dtype, before=before)

    def check_inputs(self, x: Any, name: str = "x", columns: Columns = None, *, before: int = 0, past: int = 0) -> None:
        """Check samples."""
        self.check_form(x, name, columns)
        self.check_scale(x, name, past=before + past)
        if not self._are_in_unit_interval(x):  # those are finite, and no type is too small for them
            check_finite(x, name, columns, dtype=self.dtype, before=before)

    def check_form(self, x: Any, name: str, columns: Columns) -> None:
        """Check shape and columns, without a look at the numbers."""
        if columns is not None and self.inputs is not None and len(x) > 0:
            self.inputs.check_columns(columns, name)
        super().check_form(x, name, columns)

    def check_scale(self, x: Any, name: str, *, past: int = 0) -> None:
        """Check that samples are read on the scale of the training, and warn if their numbers are not on it."""
        if self._are_in_unit_interval(x):
            _check_unit_interval(x, name)
        elif x.dtype == np.uint8 and self.inputs is not None and self.inputs.pixels is False:
            _check_no_pixels(x, name, self.inputs.dtype)
        elif self.inputs is not None and past == 0:
            self.inputs.check_scale(x, name)

    def of_training(self) -> Expected:
        """Return the same for samples that the network is trained on, which it is to remember too."""
        return ExpectedInTraining(self.shape, self.dtype, self.inputs)

    def _are_in_unit_interval(self, x: Any) -> bool:
        """Return whether samples have to be numbers from 0 to 1, for a network that was trained on pixels."""
        return self.inputs is not None and bool(self.inputs.pixels) and x.dtype != np.uint8


class ExpectedInTraining(ExpectedNumbers):
    """What samples of a training have to be like; the network remembers later batches and trainings too."""

    def check(self, x: Any, y: Any, columns: Columns = None, name: str = "", *, before: int = 0, past: int = 0) -> None:
        """Check samples and targets, then remember the scale of the samples: none that is trained on is warned of."""
        super().check(x, y, columns, name, before=before, past=past + 1)
        if self.inputs is not None:
            self.inputs.widen_scale(x)


def _check_unit_interval(x: Any, name: str) -> None:
    """Raise `DataError` if numbers are not from 0 to 1."""
    for block in row_blocks(x):
        values = np.asarray(x[block])
        lowest, highest = values.min(), values.max()
        if not (lowest >= 0 and highest <= 1):
            check_finite(values, name, before=block.start)
            raise DataError(
                f"{name} has {x.dtype} from {lowest:g} to {highest:g}, and the network was trained on pixels: "
                "give uint8 from 0 to 255, or floats from 0 to 1"
            )


def _check_no_pixels(x: Any, name: str, trained_on: str) -> None:
    """Raise `DataError` if bytes are not on the scale of a training without pixels."""
    if trained_on == "uint8" and not exceeds_one(x):
        return
    wanted = "0 and 1 alone" if trained_on == "uint8" else f"{trained_on} on the scale of the training"
    raise DataError(
        f"{name} has uint8, which is read as pixels from 0 to 255, and the network was not trained on pixels: "
        f"give {wanted}, or build() the network anew"
    )
