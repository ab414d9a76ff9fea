"""What the doctor keeps of a training: a few samples of its parameters and gradients, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import attrs

if TYPE_CHECKING:
    from glassnet.model.model import Model
    from glassnet.training.config import TrainingConfig

FILE = "record.json"


@attrs.frozen
class ParameterSample:
    """One parameter at one step: rms of its values, of its gradient, and of the step that the optimizer took."""

    rms: float
    gradient_rms: float
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


@attrs.define
class Record:
    """What was recorded of one training.

    Attributes
    ----------
    options
        How the network was trained; None where it is read from a file that does not say.
    samples
        After the steps 1, 2, 4, 8, …
    steps, steps_per_epoch, epochs
        The steps that were taken, those of an epoch, and the epochs that were completed.
    training_samples
        The number of samples in the training data, or None.
    diverged
        What a `NonFiniteError` says, or None.
    stopped
        Whether a callback ended the training before its last epoch.
    """

    options: TrainingConfig | None = None
    samples: list[Sample] = attrs.field(factory=list)
    steps: int = 0
    steps_per_epoch: int | None = None
    epochs: int = 0
    training_samples: int | None = None
    diverged: dict[str, Any] | None = None
    stopped: bool = False

    def as_plain(self) -> dict[str, Any]:
        """Return all but the options as JSON holds it."""
        return {"format": 1, **attrs.asdict(self, filter=lambda field, _: field.name != "options")}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any], options: TrainingConfig | None) -> Record:
        """Return the record that `as_plain` was made of."""
        known = {name: value for name, value in plain.items() if name not in ("format", "samples")}
        samples = [
            Sample(
                each["step"],
                _number(each["loss"]),
                {
                    name: ParameterSample(**{key: _number(value) for key, value in numbers.items()})
                    for name, numbers in each["parameters"].items()
                },
            )
            for each in plain["samples"]
        ]
        return cls(options, samples, **known)


def _number(value: float | None) -> float:
    """Return a number as JSON has it, where infinity and NaN are null."""
    return float("inf") if value is None else float(value)


RECORDS: WeakKeyDictionary[Model, Record] = WeakKeyDictionary()
"""The record of the last training of each network of this process."""
