"""What the doctor keeps of a training: a few samples of its parameters and steps, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import attrs
import numpy as np

if TYPE_CHECKING:
    from glassnet.model.model import Model
    from glassnet.run.config import TrainingConfig


@attrs.frozen
class ParameterSample:
    """One parameter at one step: rms of its values before, and of the step that the optimizer took."""

    rms: float
    update_rms: float

    @property
    def update_ratio(self) -> float:
        """The size of the step by the size of the values; 0 for values of zero."""
        return self.update_rms / self.rms if self.rms > 0 else 0.0


@attrs.define
class Sample:
    """A training at one step, counted from 0; the loss is that of the batch, penalties included."""

    step: int
    loss: float
    parameters: dict[str, ParameterSample]


RawSample = tuple[Any, ...]
"""Step, loss, and two arrays with a number for each parameter: see `ParameterSample`."""


@attrs.define(eq=False)
class Record:
    """What was recorded of one training.

    Attributes
    ----------
    options
        How the network was trained; None where it is read from a file that does not say.
    names
        The parameters.
    raw_samples
        What was taken after the steps 1, 2, 4, 8, …
    steps, steps_per_epoch
        The steps that were taken, and those of an epoch.
    diverged
        What a `NonFiniteError` says, or None.
    """

    options: TrainingConfig | None = None
    names: list[str] = attrs.field(factory=list)
    raw_samples: list[RawSample] = attrs.field(factory=list)
    steps: int = 0
    steps_per_epoch: int | None = None
    diverged: dict[str, Any] | None = None

    @property
    def samples(self) -> list[Sample]:
        """The training at some of its steps."""
        return [
            Sample(step, loss, dict(zip(self.names, map(ParameterSample, *rms), strict=True)))
            for step, loss, *rms in self.raw_samples
        ]

    def as_plain(self) -> dict[str, Any]:
        """Return all but the options as JSON holds it."""
        samples = [[step, loss, *(each.tolist() for each in rms)] for step, loss, *rms in self.raw_samples]
        known = attrs.asdict(self, filter=lambda field, _: field.name not in ("options", "raw_samples"))
        return {"format": 1, **known, "samples": samples}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any], options: TrainingConfig | None) -> Record:
        """Return the record that `as_plain` was made of."""
        known = {name: value for name, value in plain.items() if name not in ("format", "samples")}
        samples: list[RawSample] = [
            (step, _number(loss), *(np.array([_number(each) for each in values]) for values in rms))
            for step, loss, *rms in plain["samples"]
        ]
        return cls(options, raw_samples=samples, **known)


def _number(value: float | None) -> float:
    """Return a number as JSON has it, where infinity and NaN are null."""
    return float("inf") if value is None else float(value)


RECORDS: WeakKeyDictionary[Model, Record] = WeakKeyDictionary()
"""The record of the last training of each network of this process."""
