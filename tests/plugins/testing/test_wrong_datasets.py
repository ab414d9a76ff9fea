"""Datasets with one mistake each, and the check that is there for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn


class Right(gn.DataSource):
    """Two clouds of points, in which all is right. Source: by definition."""

    samples: int = gn.option(40, ge=10, help="number of points")

    sample_shape = (2,)
    target_shape = ()

    def load(self):
        rng = np.random.default_rng(0)
        y = rng.integers(0, 2, self.samples)
        x = (rng.normal(size=(self.samples, 2)) + 2 * y[:, None]).astype(np.float32)
        return self.dataset(x, y)

    def dataset(self, x, y, **changes: Any):
        data = gn.Split(x, y)
        held_out = len(y) // 5
        parts: dict[str, Any] = {
            "train": data[2 * held_out :],
            "test": data[:held_out],
            "validation": data[held_out : 2 * held_out],
            "classes": ("left", "right"),
            "recipe": gn.Recipe(
                layers=["dense(2)", "softmax"], loss="categorical_crossentropy", optimizer="sgd", epochs=3
            ),
        }
        return gn.Dataset(**{**parts, **changes})


class RightRegression(gn.DataSource):
    """A line with noise and nothing declared, in which all is right. Source: by definition."""

    def load(self):
        x = np.linspace(0, 1, 30, dtype=np.float32)[:, None]
        data = gn.Split(x, 2 * x)
        return gn.Dataset(train=data[10:], test=data[:10], task="regression")


@pytest.mark.parametrize("right", [Right, RightRegression])
def test_a_right_dataset_passes(right, passes):
    assert passes(right).checks_run >= 18


def test_an_overlap_that_has_its_reason_passes(passes):
    passes(OverlapThatIsMeant)


class TestDataInTraining(Right):
    __test__ = False  # it is none of pytest's

    def dataset(self, x, y, **changes):
        return super().dataset(x, y, train=gn.Split(x, y), validation=None)


class ValidationDataInTraining(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y, train=gn.Split(x[8:], y[8:]))


class OverlapThatIsMeant(TestDataInTraining):
    """Four points. Source: by definition."""

    overlap = "there are no other points"


class NanInside(Right):
    def dataset(self, x, y, **changes):
        x[-1, 0] = np.nan
        return super().dataset(x, y)


class LabelsFromOne(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y + 1)


class UnknownTask(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y, task="classifikation")


class OtherShapeThanDeclared(Right):
    sample_shape = (1, 2)


class OtherTypeInTest(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y, test=gn.Split(x[:8].astype(np.float64), y[:8]))


class AnotherDrawAtEachLoad(Right):
    def load(self):
        rng = np.random.default_rng()
        x = rng.normal(size=(self.samples, 2)).astype(np.float32)
        return self.dataset(x, (x[:, 0] > 0).astype(np.int64))


class RecipeOfAnotherNetwork(Right):
    def dataset(self, x, y, **changes):
        layers = ["dense(1)", "softmax"]
        recipe = gn.Recipe(layers=layers, loss="categorical_crossentropy", optimizer="sgd")
        return super().dataset(x, y, recipe=recipe)


class RecipeWithAnUnknownLoss(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y, recipe=gn.Recipe(layers=["dense(2)"], loss="crossentorpy", optimizer="sgd"))


class NoDataset(Right):
    def load(self):
        return np.zeros((3, 2)), np.zeros(3)


class NoTestData(Right):
    def dataset(self, x, y, **changes):
        return super().dataset(x, y, test=gn.Split(x[:0], y[:0]))


class KeepsTheData(Right):
    def load(self):
        if "data" not in vars(self):
            object.__setattr__(self, "data", super().load())
        return self.data


MISTAKES = [
    (TestDataInTraining, "splits_do_not_overlap"),
    (ValidationDataInTraining, "splits_do_not_overlap"),
    (NanInside, "numbers_are_finite"),
    (LabelsFromOne, "labels_are_classes"),
    (UnknownTask, "labels_are_classes"),
    (OtherShapeThanDeclared, "shapes_are_as_declared"),
    (OtherTypeInTest, "types_are_the_same"),
    (AnotherDrawAtEachLoad, "deterministic"),
    (RecipeOfAnotherNetwork, "recipe_fits"),
    (RecipeWithAnUnknownLoss, "recipe_fits"),
    (NoDataset, "gives_a_dataset"),
    (NoTestData, "gives_a_dataset"),
    (KeepsTheData, "keeps_nothing"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


def test_the_sample_in_both_is_named(caught):
    failure = caught(TestDataInTraining, "splits_do_not_overlap")

    assert "test sample 0" in failure.input
    assert failure.got == "train sample 0"
