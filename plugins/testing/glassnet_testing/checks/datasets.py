"""What holds for every dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from glassnet.network import Network
from glassnet.types import Array
from glassnet_datasets.dataset import Dataset, DataSource
from glassnet_persistence.experiment import Experiment
from glassnet_splits.split import Split
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Subject

_TASKS = ("classification", "regression")


@cache
def _loaded(source: DataSource) -> Dataset:
    """Return a source's data; every check looks at them, and they may be large."""
    return source.load()


def use(source: DataSource, seed: int) -> Iterator[Any]:
    """Load the data, and tell them apart by a digest of every byte."""
    data = source.load()
    digest = hashlib.blake2b()
    for _, split in _splits(data):
        for array in (split.x, split.y):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data if array.size else b"")
    yield np.frombuffer(digest.digest(), np.uint8)


def _splits(data: Dataset) -> list[tuple[str, Split]]:
    named = [("train", data.train), ("test", data.test)]
    return named if data.validation is None else [*named, ("validation", data.validation)]


def _each(subject: Subject) -> Iterator[tuple[str, Dataset, str, Split]]:
    for example in subject.examples:
        data = _loaded(example.component)
        for name, split in _splits(data):
            yield example.text, data, name, split


@check(hint="return gn.Dataset(train=…, test=…, …)")
def gives_a_dataset(subject: Subject) -> None:
    """load() returns a Dataset with training and test data."""
    for example in subject.examples:
        data = _loaded(example.component)
        if not isinstance(data, Dataset):
            raise Failure(example.text, "a gn.Dataset", type(data))
        for name, split in _splits(data):
            if not isinstance(split, Split) or len(split) == 0:
                raise Failure(f"{example.text}, {name}", "a gn.Split of at least one sample", repr(split))


@check(hint="sample_shape = (28, 28, 1) and target_shape = () say what load() gives; None says nothing")
def shapes_are_as_declared(subject: Subject) -> None:
    """Samples and targets have the declared shapes, the same in every split."""
    for example in subject.examples:
        data, source = _loaded(example.component), example.component
        declared = {
            "x": source.sample_shape if source.sample_shape is not None else data.train.x.shape[1:],
            "y": source.target_shape if source.target_shape is not None else data.train.y.shape[1:],
        }
        for name, split in _splits(data):
            for letter, array in (("x", split.x), ("y", split.y)):
                if array.shape[1:] != tuple(declared[letter]):
                    told = f"{example.text}, {name}.{letter}"
                    raise Failure(told, f"samples of shape {declared[letter]}", f"shape {array.shape[1:]}")


@check(hint="x float32 or uint8, y int64 or float32, in train and test alike")
def types_are_the_same(subject: Subject) -> None:
    """All splits have one element type."""
    for text, data, name, split in _each(subject):
        for letter in ("x", "y"):
            expected, got = getattr(data.train, letter).dtype, getattr(split, letter).dtype
            if got != expected:
                raise Failure(f"{text}, {name}.{letter}", f"{expected}, as in train", str(got))


@check(hint="remove or replace NaN and infinity when loading")
def numbers_are_finite(subject: Subject) -> None:
    """Every number is finite."""
    for text, _, name, split in _each(subject):
        for letter, array in (("x", split.x), ("y", split.y)):
            if array.dtype.kind not in "fiub":
                raise Failure(f"{text}, {name}.{letter}", "numbers", str(array.dtype))
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                row = int(np.argwhere(~np.isfinite(array))[0][0])
                raise Failure(f"{text}, {name}.{letter}", "finite numbers", f"sample {row}: {array[row]}")


@check(hint='task="classification" with classes=("cat", "dog") and labels 0, 1; or task="regression"')
def labels_are_classes(subject: Subject) -> None:
    """The task is one that exists, and labels are those of the classes."""
    for text, data, name, split in _each(subject):
        if data.task not in _TASKS:
            raise Failure(text, f"a task: {' or '.join(_TASKS)}", repr(data.task))
        if data.task == "regression" or not data.classes:
            continue
        classes = len(data.classes)
        if split.y.ndim > 1 and split.y.shape[-1] == classes:
            continue  # one-hot rows
        if split.y.min() < 0 or split.y.max() >= classes:
            told = f"labels in 0..{classes - 1}, for the {classes} classes"
            raise Failure(f"{text}, {name}.y", told, f"{split.y.min()} to {split.y.max()}")


@check(hint='split before anything is copied; where it is meant, say why: overlap = "there are only four points"')
def splits_do_not_overlap(subject: Subject) -> None:
    """No sample is in the training data and also in the test or the validation data."""
    for example in subject.examples:
        if example.component.overlap:
            continue
        data = _loaded(example.component)
        known = {digest: row for row, digest in enumerate(_digests(data.train))}
        for name, split in _splits(data)[1:]:
            for row, digest in enumerate(_digests(split)):
                if digest in known:
                    told = f"{example.text}, {name} sample {row}"
                    raise Failure(told, "a sample that is not in train", f"train sample {known[digest]}")


def _digests(split: Split) -> list[bytes]:
    return [hashlib.blake2b(_bytes(x) + b"/" + _bytes(y)).digest() for x, y in zip(split.x, split.y, strict=True)]


def _bytes(sample: Array) -> bytes:
    return np.ascontiguousarray(sample).tobytes()


@check(
    hint="the network has to take samples of their shape, and the loss the targets",
    applies=lambda subject: any(_loaded(example.component).recipe is not None for example in subject.examples),
)
def recipe_fits(subject: Subject) -> None:
    """The recipe takes a step on the data."""
    for example in subject.examples:
        data = _loaded(example.component)
        if data.recipe is None:
            continue
        recipe = Experiment(**data.recipe.options, dataset=example.component)
        network = Network(recipe.layers).build(data.train.x.shape[1:], dtype=recipe.dtype)
        for name, split in _splits(data):
            try:
                network.loader(split[:4], recipe.loss, f"{name} ")
            except Exception as error:
                raise Failure(f"{example.text}, {name} in its recipe", "samples that fit", error) from None
        few = data.train[: min(len(data.train), 8)]
        training = {**recipe.training(), "epochs": 1, "batch_size": 4, "validation": few, "callbacks": ()}
        history = network.fit(few, progress=False, **training)
        if not np.isfinite(history["loss"][0]):
            raise Failure(f"{example.text}, an epoch of its recipe on 8 samples", "a finite loss", history["loss"][0])
