"""What holds for every transform."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.errors import GlassnetError
from glassnet.types import Array
from glassnet_testing.checks.counterparts import equals_its_counterpart
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Subject
from glassnet_testing.runner.suite import Suite

_ROWS = 40


def _values(takes: str, seed: int = 0) -> Array:
    """Return training rows as a transform takes them."""
    rng = np.random.default_rng(seed)
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


def use(transform: Any, seed: int) -> Iterator[Array]:
    """Fit a transform to rows, and transform them; meanwhile it may be fitted to others."""
    values = _values(transform.takes, seed)
    state = transform.fit(values)
    yield np.array([len(state)])
    outputs = transform.transform(values, state)
    yield outputs.astype(str) if outputs.dtype.kind == "O" else outputs


def _alike(got: Array, expected: Array) -> bool:
    """Tell whether outputs are the same but for rounding: a product of one row rounds in another order."""
    if got.shape != expected.shape or got.dtype.kind != "f":
        return np.array_equal(got, expected)
    return np.allclose(got, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


def _fitted(subject: Subject) -> Iterator[tuple[str, Any, Array, dict[str, Any], Array]]:
    """Yield each example, and each with one option changed, with its state and outputs."""
    for example in subject.examples:
        values = _values(example.component.takes)
        state = example.component.fit(values)
        yield example.text, example.component, values, state, example.component.transform(values, state)
        for _, component in with_other_options(example.component):
            with contextlib.suppress(GlassnetError):  # an option of its own may not fit these rows
                state = component.fit(values)
                yield repr(component), component, values, state, component.transform(values, state)


@check(hint="return an array (rows, outputs) of float64")
def gives_a_row_for_each_row(subject: Subject) -> None:
    """Each row becomes a row of numbers."""
    for text, component, values, state, outputs in _fitted(subject):
        if component.takes == "images":
            if outputs.ndim != 4 or len(outputs) != len(values) or outputs.dtype != np.uint8:
                raise Failure(text, "(images, height, width, channels) of uint8", f"{outputs.shape} of {outputs.dtype}")
            continue
        if values.dtype.kind == outputs.dtype.kind == "O" and outputs.shape == values.shape:
            continue  # text, which another transform makes numbers of
        given = [f"column {place}" for place in range(np.ndim(values))]
        names = component.output_names(given, state)
        if outputs.ndim != 2 or len(outputs) != len(values) or outputs.dtype.kind != "f":
            raise Failure(text, f"({len(values)}, outputs) of float64", f"{outputs.shape} of {outputs.dtype}")
        if values.dtype.kind == "f" and not np.isfinite(outputs).all():
            raise Failure(text, "finite outputs of finite values", outputs)
        if len(set(names)) != len(names) or (names != given and len(names) not in (1, outputs.shape[1])):
            raise Failure(f"{text}, output_names", f"{outputs.shape[1]} different names", names)


@check(hint="use nothing but the state that fit() returns, and no other row")
def rows_are_transformed_by_themselves(subject: Subject) -> None:
    """A row alone, or among fewer others, becomes what it becomes among all."""
    for text, component, values, state, outputs in _fitted(subject):
        middle = len(values) // 2
        some = {
            "row 0 alone": slice(1),
            f"row {middle} alone": slice(middle, middle + 1),
            "the rows but the last three": slice(-3),
            "the rows from the last to the first": slice(None, None, -1),
        }
        for told, rows in some.items():
            got = component.transform(values[rows], state)
            if not _alike(got, outputs[rows]):
                raise Failure(f"{text}, {told}", outputs[rows], got)


@check(hint="a spread of 0 is not a divisor: np.where(spread > 0, spread, 1.0); or raise a glassnet error")
def rows_that_are_alike(subject: Subject) -> None:
    """Fitted to a single row, or to rows that are all the same, values that are there become finite numbers."""
    for example in subject.examples:
        values = _values(example.component.takes)
        for told, rows in (("a single row", [0]), ("five equal rows", [0] * 5)):
            outputs = _outputs(f"{example.text}, fitted to {told}", example.component, values[rows], values[rows])
            if outputs is not None and outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
                raise Failure(f"{example.text}, fitted to {told}", "finite outputs of finite values", outputs)


@check(hint="a category, a number or a date may be new, or missing: give it a value, or raise a glassnet error")
def rows_that_training_did_not_have(subject: Subject) -> None:
    """New values, and missing ones, become a row of as many outputs as those of the training rows."""
    for example in subject.examples:
        for told, values, others in _new_rows(example.component.takes):
            told = f"{example.text}, {told}"
            expected = _outputs(told, example.component, values, values)
            outputs = _outputs(told, example.component, values, others)
            if expected is None or outputs is None:
                continue
            if outputs.shape != (len(others), *expected.shape[1:]):
                raise Failure(told, f"outputs of shape {(len(others), *expected.shape[1:])}", outputs.shape)


def _new_rows(takes: str) -> Iterator[tuple[str, Array, Array]]:
    """Yield the name of new rows, the training rows, and the new rows."""
    values = _values(takes)
    if takes == "text":
        yield "texts that are new", values, np.array(["a new word", ""], object)
        yield "missing text", values[:_ROWS], np.array([None, values[0]], object)
    elif takes == "dates":
        yield "dates of other years", values, values[:4] + np.timedelta64(-20_000, "D")
        yield "missing dates", values, np.array(["NaT", values[0]], values.dtype)
    elif takes != "images":
        yield "larger numbers", values, 100 * values
        yield "missing numbers", values, np.where(np.arange(2) == 0, np.nan, values[:4])


def _outputs(told: str, transform: Any, training: Array, values: Array) -> Array | None:
    """Return the outputs of values, or None if the transform refuses them with an error of glassnet."""
    try:
        with np.errstate(all="ignore"):
            outputs: Array = transform.transform(values, transform.fit(training))
    except GlassnetError:
        return None
    except Exception as error:
        raise Failure(told, "outputs, or an error that derives from GlassnetError", error) from None
    return outputs


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
        same = again.tobytes() == outputs.tobytes() if outputs.dtype.kind != "O" else list(again) == list(outputs)
        if not same:
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
        rows_that_are_alike,
        rows_that_training_did_not_have,
        state_can_be_saved,
        inverse_undoes,
        values_stay_as_they_are,
        each_option_counts,
        equals_its_counterpart,
    ),
    use,
)
