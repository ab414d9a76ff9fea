"""What holds for every transform."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite

_ROWS = 40


def _values(takes: str) -> Array:
    """Return training rows as a transform takes them."""
    rng = np.random.default_rng(0)
    if takes == "text":
        return np.array(
            [f"word {place} of text" for place in rng.integers(0, 5, _ROWS)] + ["another text", None], object
        )
    if takes == "dates":
        return np.datetime64("2024-01-01T00:00:00") + rng.integers(0, 10**9, _ROWS).astype("timedelta64[s]")
    if takes == "images":
        return _images(rng)
    return rng.normal(3, 2, (_ROWS, 2))


def _images(rng: np.random.Generator) -> Array:
    """Return opened images of several sizes, in grey and in colour."""
    from PIL import Image

    images = np.empty(6, object)
    for place in range(len(images)):
        shape = (5 + place, 8) if place % 2 else (5 + place, 8, 3)
        images[place] = Image.fromarray(rng.integers(0, 256, shape).astype(np.uint8))
    return images


def _fitted(subject: Subject) -> Iterator[tuple[str, Any, Array, dict[str, Any], Array]]:
    for example in subject.examples:
        values = _values(example.component.takes)
        state = example.component.fit(values)
        yield example.text, example.component, values, state, example.component.transform(values, state)


@check(hint="return an array (rows, outputs) of float64")
def gives_a_row_for_each_row(subject: Subject) -> None:
    """Each row becomes a row of numbers."""
    for text, component, values, state, outputs in _fitted(subject):
        if component.takes == "images":
            if outputs.ndim != 4 or len(outputs) != len(values) or outputs.dtype != np.uint8:
                raise Failure(text, "(images, height, width, channels) of uint8", f"{outputs.shape} of {outputs.dtype}")
            continue
        names = component.output_names([f"column {place}" for place in range(np.ndim(values))], state)
        if outputs.ndim != 2 or len(outputs) != len(values) or outputs.dtype.kind != "f":
            raise Failure(text, f"({len(values)}, outputs) of float64", f"{outputs.shape} of {outputs.dtype}")
        if values.dtype.kind == "f" and not np.isfinite(outputs).all():
            raise Failure(text, "finite outputs of finite values", outputs)
        if len(set(names)) != len(names) or (np.ndim(values) == 1 and len(names) not in (1, outputs.shape[1])):
            raise Failure(f"{text}, output_names", f"{outputs.shape[1]} different names", names)


@check(hint="use nothing but the state that fit() returns, and no other row")
def rows_are_transformed_by_themselves(subject: Subject) -> None:
    """A row alone becomes what it becomes among others."""
    for text, component, values, state, outputs in _fitted(subject):
        for row in (0, len(values) // 2):
            alone = component.transform(values[row : row + 1], state)
            if not np.array_equal(alone, outputs[row : row + 1], equal_nan=True):
                raise Failure(f"{text}, row {row} alone", outputs[row], alone[0])


@check(hint="keep arrays of numbers, and plain values, in the state")
def state_can_be_saved(subject: Subject) -> None:
    """The state is arrays of numbers, and values that JSON holds: with these, the outputs are the same bytes."""
    for text, component, values, state, outputs in _fitted(subject):
        plain = {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
        arrays = {name: value.copy() for name, value in state.items() if isinstance(value, np.ndarray)}
        wrong = [name for name, array in arrays.items() if array.dtype.kind not in "fiub"]
        if wrong:
            raise Failure(f"{text}, {wrong[0]} of the state", "an array of numbers, or a list", arrays[wrong[0]].dtype)
        again = component.transform(values, json.loads(json.dumps(plain)) | arrays)
        if again.tobytes() != outputs.tobytes():
            raise Failure(f"{text}, with its state from a file", outputs, again)


@check(hint="write inverse() so that it undoes transform(), or leave it out")
def inverse_undoes(subject: Subject) -> None:
    """The inverse, where there is one, gives the values back."""
    for text, component, values, state, outputs in _fitted(subject):
        try:
            back = component.inverse(outputs, state)
        except GlassnetError:
            continue
        same = np.allclose(back, values, rtol=1e-6) if values.dtype.kind == "f" else list(back) == list(values)
        if not same:
            raise Failure(f"{text}, inverse of transform", values, back)


@check(hint="make a new array instead of writing into the values")
def values_stay_as_they_are(subject: Subject) -> None:
    """Neither fit nor transform writes into the values."""
    for example in subject.examples:
        for values in _values_and_gaps(example.component.takes):
            before = values.copy()
            # One that does not take missing values says so, and leaves them too.
            with contextlib.suppress(GlassnetError):
                example.component.transform(values, example.component.fit(values))
            if values.tobytes() != before.tobytes():
                raise Failure(example.text, before, values)


def _values_and_gaps(takes: str) -> Iterator[Array]:
    """Yield training rows; of numbers also some with gaps, on another scale."""
    yield _values(takes)
    if takes not in ("text", "dates", "images"):
        values = 1000 * _values(takes)
        values[::7] = np.nan
        yield values


@check(hint="take the option out, or use it: self.bins", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the outputs at some value."""

    def computed(transform: Any) -> list[Any]:
        results: list[Any] = []
        for values in _values_and_gaps(transform.takes):
            # Some options are for values that the training rows do not have: outliers, other words.
            half = values[: len(values) // 2]
            further = 5 * values if values.dtype.kind == "f" else values
            try:
                results.append(transform.transform(values, transform.fit(values)))
                results.append(transform.transform(further, transform.fit(half)))
            except GlassnetError as error:
                results.append(np.array(str(error)))
        return results

    compare_options([example.component for example in subject.examples], computed)


TRANSFORM_CHECKS = Suite(
    (
        gives_a_row_for_each_row,
        rows_are_transformed_by_themselves,
        state_can_be_saved,
        inverse_undoes,
        values_stay_as_they_are,
        each_option_counts,
    )
)
