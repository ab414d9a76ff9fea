"""What plots look at: a network, its data, and what is known of its training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

import glassnet as gn
from glassnet_commands.classification import Answers, answers
from glassnet_doctor.case import guessed_loss, labels_of
from glassnet_doctor.record import Record

if TYPE_CHECKING:
    from glassnet_plots.recording.recording import Recording

_HOW_TO_RECORD = "train with glassnet train … --record, or fit(callbacks=['record'])"


@attrs.define(eq=False)
class Subject:
    """A network with its data and its training, as far as they are known.

    Attributes
    ----------
    network
        The network, which is built. A plot leaves it as it is.
    train, test
        The data that it was trained on, and other data.
    loss
        What is minimised.
    classes
        Names of the classes; none if they are not known.
    history
        The figures of each epoch by name.
    options
        How it is trained: the options of `fit`.
    folder
        The folder of the run, or None.
    """

    network: gn.Network
    train: gn.Split | None = None
    test: gn.Split | None = None
    loss: gn.Loss | None = None
    classes: tuple[str, ...] = ()
    history: Mapping[str, list[float]] = attrs.field(factory=dict)
    options: dict[str, Any] = attrs.field(factory=dict)
    folder: Path | None = None
    _recording: Recording | None = None
    _record: Record | None = None

    @property
    def has_recording(self) -> bool:
        """Whether the training was recorded."""
        return self._recording is not None

    @property
    def recording(self) -> Recording:
        """What was recorded of the training.

        Raises
        ------
        OptionError
            If nothing was.
        """
        if self._recording is None:
            if self.folder is None:
                raise gn.OptionError(f"this plot needs a recording of the training; {_HOW_TO_RECORD}")
            raise gn.OptionError(
                f"{self.folder} has no recording; {_HOW_TO_RECORD}, or give --repeat to train it again from its seed"
            )
        return self._recording

    @property
    def samples_of_doctor(self) -> Record | None:
        """What the doctor keeps of each training: the steps 1, 2, 4, 8, …; None if that is not known."""
        return self._record

    @property
    def loss_in_use(self) -> gn.Loss:
        """The loss of the training; for a network that was not trained, one that suits its last layer."""
        return guessed_loss(self.network) if self.loss is None else self.loss

    def some(self, most: int, of: str = "test") -> gn.Split:
        """Return at most `most` samples, evenly far apart, of the test data or else of the training data.

        Raises
        ------
        OptionError
            If no data are known.
        """
        first, second = (self.test, self.train) if of == "test" else (self.train, self.test)
        split = second if first is None else first
        if split is None or split.y is None:
            raise gn.OptionError("this plot needs data; give samples and targets: gn.plot(kind, net, x, y)")
        if len(split) <= most:
            return split
        rows = np.linspace(0, len(split) - 1, most).round().astype(int)
        return gn.Split(np.asarray(split.x[rows]), np.asarray(split.y[rows]))

    def labels(self, split: gn.Split) -> gn.Array:
        """Return the class of each sample.

        Raises
        ------
        OptionError
            If the network does not choose a class for each sample.
        """
        labels = labels_of(np.asarray(split.y), self.network.output_shape, self.loss_in_use)
        if labels is None:
            raise gn.OptionError(
                "this plot is for networks that choose a class for each sample; this one gives "
                f"{self.network.output_shape} numbers for the loss {self.loss_in_use!r}"
            )
        return labels

    def answers(self, split: gn.Split, network: gn.Network | None = None) -> Answers:
        """Return the classes that a network, by default the present one, predicts for some samples."""
        return answers(network or self.network, gn.Split(split.x, self.labels(split)), self.classes)

    def fresh_network(self) -> gn.Network:
        """Return the network as its training began: built from the seed, where that is known."""
        network = self.network
        seed = self.options.get("seed", 0)
        return gn.Network(network.layers).build(network.input_shape, seed=seed, dtype=network.dtype.name)
