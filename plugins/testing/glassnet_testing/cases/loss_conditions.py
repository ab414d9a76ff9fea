"""What holds for a loss under other conditions: options, large batches, outputs with time steps, precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.components.loss import Loss
from glassnet.errors import GlassnetError
from glassnet_testing.cases.targets import Pair, as_predicted, predictions
from glassnet_testing.checks.losses import Case, arrays, cases, compare_loss_gradient, fused
from glassnet_testing.checks.tape import compares_gradients
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close

_LARGE_BATCHES = (130, 1040)
_PARTS = 10
_WIDTHS = (2, 12, 40)
_FLOAT32_TOLERANCE = 1e-4


def _has_options(subject: Subject) -> bool:
    return bool(subject.options)


def is_right(case: Case) -> bool:
    """Tell whether the gradient is right for a small batch; if it is not, another check says so."""
    try:
        return compare_loss_gradient(case, case.loss, case.pair(4)) is None
    except Exception:
        return False


@check(
    hint="backward and the loss of fuse() have to use the option as forward does",
    applies=lambda subject: compares_gradients(subject) and _has_options(subject),
)
def gradients_at_other_options(subject: Subject) -> None:
    """At other values of the options the gradient is right, merged with an activation too."""
    for case in filter(is_right, cases(subject)):
        for _, loss in with_other_options(case.loss):
            other = Case(Example(repr(loss), loss, case.example.given), case.form)
            try:
                first = other.pair(4, seed=3)
            except (GlassnetError, ValueError):
                continue  # with this option it takes other targets
            _raise(compare_loss_gradient(other, loss, first))
            merged = fused(other, loss)
            if merged is None:
                continue
            activation, together = merged
            y_true = other.pair(4).y_true
            pair = Pair(case.form, predictions("values", case.form, 4, 7), y_true)
            expected, got = loss.forward(activation.forward(pair.y_pred), y_true), together.forward(*arrays(pair))
            if not close(np.asarray(got), np.asarray(expected), 1e-9):
                raise Failure(f"{other.show(pair, together)} after {activation!r}", expected, got)
            _raise(compare_loss_gradient(other, together, pair))


@check(hint="take the option out, or use it: self.delta", applies=_has_options)
def each_option_counts(subject: Subject) -> None:
    """Each option changes the loss or its gradient at some value."""
    forms = {case.form: case.example.given for case in cases(subject)}

    def computed(loss: Loss) -> list[Any]:
        results: list[Any] = []
        for form, given in forms.items():
            case = Case(Example(repr(loss), loss, given), form)
            for pair in (*case.pairs(), *case.awkward()):
                results += [loss.forward(*arrays(pair)), loss.backward(*arrays(pair))]
        return results

    compare_options([example.component for example in subject.examples], computed)


@check(hint="look for a number of samples in the code")
def large_batches(subject: Subject) -> None:
    """The loss of a large batch is the mean of those of its parts, and its gradient is right."""
    for case in cases(subject):
        if case.example.given:
            continue
        compares = compares_gradients(subject) and is_right(case)
        for rows in _LARGE_BATCHES:
            pair, size = case.pair(rows), rows // _PARTS
            if not subject.component.checks.batch_loss:
                parts = [case.loss.forward(*arrays(pair.rows(slice(row, row + size)))) for row in range(0, rows, size)]
                got = case.loss.forward(*arrays(pair))
                if not close(np.asarray(got), np.asarray(np.mean(parts)), 1e-9):
                    raise Failure(case.show(pair), f"{np.mean(parts):.6g}, the mean of its ten parts", got)
            if compares:
                _raise(compare_loss_gradient(case, case.loss, pair))


@check(hint="look for a number of outputs or classes in the code; it is y_pred.shape[-1]")
def other_numbers_of_outputs(subject: Subject) -> None:
    """With 2, 12 and 40 outputs or classes, where the loss takes them, it is right too."""
    for case in cases(subject):
        if case.example.given:
            continue
        compares = compares_gradients(subject) and is_right(case)
        refused: dict[int, Exception] = {}
        for width in _WIDTHS:
            try:
                pair = case.pair(6, seed=5, width=width)
                case.loss.forward(*arrays(pair))
            except Exception as error:  # it takes one answer, or three numbers that mean something each
                refused[width] = error
                continue
            if compares:
                _raise(compare_loss_gradient(case, case.loss, pair))
            if case.form in ("labels", "one_hot"):
                _look_at_each_class(case, width)
        if case.form in ("labels", "one_hot") and refused.keys() == {2}:
            raise Failure(f"{case.example.text}, {case.form} of 2 classes", "a loss, as of 12 and 40", refused[2])


def _look_at_each_class(case: Case, width: int) -> None:
    """Raise `Failure` if a prediction of the right class costs as much as one of another."""
    labels = np.arange(width)
    others = np.roll(labels, 1)
    y_true = labels if case.form == "labels" else np.eye(width)
    right, wrong = (
        case.checked(as_predicted("labels", predicted, case.prediction_type, width), y_true)
        for predicted in (labels, others)
    )
    costs, costs_of_others = (case.loss.per_sample(*arrays(pair)) for pair in (right, wrong))
    for label in labels[~(costs < costs_of_others)]:
        told = f"{case.show(right.rows(slice(label, label + 1)))}, {width} classes"
        raise Failure(told, f"less than {costs_of_others[label]:.6g}, the loss of class {others[label]}", costs[label])


def _with_steps(case: Case) -> Iterator[Pair]:
    """Return predictions with an axis of time steps, where the loss takes targets for each step."""
    flat = case.pair(6)
    y_pred = flat.y_pred.reshape(2, 3, -1)
    try:
        y_true = case.loss.prepare_targets(
            flat.y_true.reshape(2, 3, *flat.y_true.shape[1:]), y_pred.shape[1:], y_pred.dtype
        )
        case.loss.forward(y_pred, y_true)
    except (GlassnetError, ValueError):
        return
    yield Pair(case.form, y_pred, y_true)


@check(
    hint="classes and outputs are on the last axis: axis=-1; a mean is over all that is in front",
    applies=compares_gradients,
)
def outputs_with_steps(subject: Subject) -> None:
    """With an output for each time step, the gradient of a loss that takes them is right."""
    for case in filter(is_right, cases(subject)):
        if case.example.given or subject.component.checks.batch_loss:
            continue
        for pair in _with_steps(case):
            # A loss that is written for rows alone shows it by more than one number for each sample.
            if np.shape(case.loss.per_sample(*arrays(pair))) != (2,):
                continue
            _raise(compare_loss_gradient(case, case.loss, pair))


@check(hint="no float16, and no constant that holds for one precision alone")
def float32_is_like_float64(subject: Subject) -> None:
    """float32 gives what float64 gives, but for rounding: the loss and its gradient."""
    for case in cases(subject):
        wide = case.pair(4, seed=2).astype("float32").astype("float64")
        narrow = wide.astype("float32")
        for name, method in (("the loss", case.loss.forward), ("the gradient", case.loss.backward)):
            expected, got = np.asarray(method(*arrays(wide))), np.asarray(method(*arrays(narrow)))
            if not close(got, expected, _FLOAT32_TOLERANCE):
                raise Failure(f"{case.show(narrow)}, {name}", expected, got)


def _raise(failure: Failure | None) -> None:
    if failure is not None:
        raise failure
