"""Shuffled labels: the targets have nothing to do with the inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

import glassnet as gn
from glassnet_doctor.answers import answered_classes
from glassnet_doctor.neighbours import skill
from glassnet_doctor.trial import network_trained_on

if TYPE_CHECKING:
    from glassnet_doctor.case import Case


_FOLDS = 3
# Numbers of a target that are looked at, one by one.
_MOST_COLUMNS = 20


class LabelsShuffled(gn.Rule):
    """Finds targets that are no more alike between neighbours than between strangers.

    Neighbours do not see every pattern that a network sees, so a trained network must also be like guessing on data
    that it has not seen: on the validation data, and in a trial that learns two thirds of the samples and tells the
    others.
    """

    least_samples: int = gn.option(100, ge=60, help="number of samples below which nothing is said")

    reference = "Zhang, Bengio, Hardt, Recht and Vinyals (2017), Understanding deep learning requires rethinking "
    reference += "generalization, ICLR"

    def examine(self, case: Case) -> Iterator[gn.Finding]:
        targets = _targets(case)
        if targets is None or case.neighbours is None or len(targets) < self.least_samples:
            return
        told = targets[: len(case.neighbours)]
        if np.ptp(told) == 0 or np.ptp(case.inputs) == 0 or _is_rare(case.labels):
            return
        share, z = skill(case.neighbours, told, are_classes=case.labels is not None)
        if z > 3 or share > 0.05 or (case.is_trained and not _is_like_guessing(case)):
            return
        is_confirmed = case.is_trained and (case.validation_loss is not None or case.options is not None)
        yield self.finding(
            0.93 if is_confirmed else 0.8,
            "the targets",
            "samples that are alike have targets that are not, as if the targets were shuffled",
            "look at some samples with their targets; shuffle x and y with the same permutation: x[order], y[order]",
            agreement_of_neighbours=share,
            standard_deviations=z,
            samples=len(told),
        )


def _targets(case: Case) -> gn.Array | None:
    """Return a label, a number or several numbers for each of `Case.inputs`."""
    if case.labels is not None:
        return case.labels
    y = np.asarray(case.training_part(len(case.inputs)).y)
    if y.dtype.kind != "f" or y.size == 0:
        return case.values
    columns = y.reshape(len(y), -1).astype(np.float64)
    return columns[:, columns.std(axis=0) > 0][:, :_MOST_COLUMNS] if columns.shape[1] > 1 else columns[:, 0]


def _is_rare(labels: gn.Array | None) -> bool:
    """Tell whether almost all samples are of one class, so that neighbours tell nothing of the others."""
    return labels is not None and bool(np.bincount(labels).max() > 0.9 * len(labels))


def _is_like_guessing(case: Case) -> bool:
    """Tell whether the network is like guessing on data that it has not seen, as far as is known."""
    loss = case.validation_loss
    if loss is not None and loss < 0.85 * case.guess:
        return False
    if case.options is None:
        return loss is not None or case.learned < 0.3
    return _agreement_of_unseen(case) < 2.5


def _agreement_of_unseen(case: Case) -> float:
    """Return by how many standard deviations answers for samples that were left out are better than strangers' ones."""
    some = case.training_part(1000)
    answers, targets = [], []
    for fold in range(_FOLDS):
        left_out = np.arange(len(some)) % _FOLDS == fold
        network = network_trained_on(case, some[np.flatnonzero(~left_out)])
        if network is None:
            return 0.0
        x, y = case.prepared(some[np.flatnonzero(left_out)])
        answers.append(network.predict(x))
        targets.append(y)
    return _agreement(case, np.concatenate(answers), np.concatenate(targets))


def _agreement(case: Case, answers: gn.Array, targets: gn.Array) -> float:
    if case.labels is None:
        pairs = zip(answers.reshape(len(answers), -1).T, targets.reshape(len(targets), -1).T, strict=True)
        correlations = [np.corrcoef(a, b)[0, 1] for a, b in pairs if np.ptp(a) > 0 and np.ptp(b) > 0]
        return float(max(correlations, default=0.0) * np.sqrt(len(answers)))
    from glassnet_doctor.case import labels_of

    labels = labels_of(targets, case.network.output_shape, case.loss)
    told = answered_classes(answers, case.loss)
    assert labels is not None
    chance = sum(float(np.mean(told == each)) * float(np.mean(labels == each)) for each in np.unique(labels))
    deviation = np.sqrt(max(chance * (1 - chance), 1e-12) / len(labels))
    return float((np.mean(told == labels) - chance) / deviation)
