"""What holds for every loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.activation import Activation
from glassnet.components.loss import Loss
from glassnet.errors import DataError, ShapeError
from glassnet.registry.registry import registry
from glassnet.training.loop import train
from glassnet.types import Array
from glassnet_autodiff.derived import loss_gradient
from glassnet_autodiff.gradient_check import by_tape
from glassnet_testing.cases.inputs import LAYOUTS, Inputs, read_only
from glassnet_testing.cases.short_runs import Practice
from glassnet_testing.cases.targets import OUTPUTS, Pair, as_predicted, forms_of, predictions, targets
from glassnet_testing.checks.slopes import compare_gradient
from glassnet_testing.checks.tape import compares_gradients, tells_whether_the_tape_follows, wrote_backward
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.formatting import array_text

# The activations that a loss may merge with, by the form of the targets.
_FUSED = {"labels": "softmax", "one_hot": "softmax", "distribution": "softmax"} | dict.fromkeys(
    ("binary", "probabilities"), "sigmoid"
)


# More samples than a block of them has.
_LARGE = 130


class Case:
    """A loss, and a form of targets."""

    def __init__(self, example: Example, form: str) -> None:
        self.example = example
        self.loss: Loss = example.component
        self.form = form
        # What is said of one output holds for the classes of a row as a distribution.
        expects = self.loss.prediction_type
        is_row = expects == "probabilities" and form in ("labels", "one_hot", "distribution")
        self.prediction_type = "distribution" if is_row else expects

    def pair(self, batch: int, seed: int = 0, width: int = OUTPUTS) -> Pair:
        """Return random predictions and targets, of some number of outputs."""
        if self.example.given:
            y_pred, y_true = (np.asarray(each) for each in self.example.given)
            return Pair("", y_pred.astype(np.float64), y_true).rows(slice(0, batch))
        y_true = targets(self.form, batch, seed, width)
        y_pred = predictions(self.prediction_type, self.form, batch, seed, width)
        low, high = self.loss.checks.domain
        if not self.is_inside(y_pred):
            y_pred = Inputs(y_pred.shape[1:], (low, high)).random(batch, seed).round(2)
        return self.checked(y_pred, y_true)

    def is_inside(self, y_pred: Array) -> bool:
        """Tell whether predictions are in the domain that the loss declares."""
        low, high = self.loss.checks.domain
        return bool((y_pred > low).all() and (y_pred < high).all())

    def checked(self, y_pred: Array, y_true: Array) -> Pair:
        """Return a pair whose targets are as `forward` takes them."""
        return Pair(self.form, y_pred, self.loss.prepare_targets(y_true, y_pred.shape[1:], np.dtype(y_pred.dtype)))

    def pairs(self) -> list[Pair]:
        """Return random batches, the smallest first."""
        # A loss that compares samples with each other needs several.
        return [self.pair(batch) for batch in ((4, 6) if self.loss.checks.batch_loss else (1, 2, 4))]

    def awkward(self) -> Iterator[Pair]:
        """Return batches where predictions are right, far off, or on a kink."""
        if self.example.given:
            return
        y_true = targets(self.form, 2, 2)
        right = as_predicted(self.form, y_true, self.prediction_type)
        if self.is_inside(right):
            yield self.checked(right, y_true)
        if self.prediction_type in ("values", "logits"):
            base = predictions(self.prediction_type, self.form, 2, 3)
            for factor in (0, 6, 50, 400):
                for y_pred in (factor * base, -factor * np.abs(base)):
                    if self.is_inside(y_pred):
                        yield self.checked(y_pred, y_true)
            for kink in (*self.loss.kinks, *self.loss.checks.kinks):
                yield self.checked(np.full_like(base, kink), y_true)
                if self.form == "values":
                    yield self.checked(y_true + kink, y_true)

    def show(self, pair: Pair, loss: Loss | None = None) -> str:
        """Return a batch as reports show it."""
        told = self.example.text if loss is None else f"{loss!r} in place of {self.example.text}"
        return f"{told} with y_pred = {array_text(pair.y_pred)}, y_true = {array_text(pair.y_true)}"


def cases(subject: Subject) -> Iterator[Case]:
    """Return each example with each form of targets."""
    for example in subject.examples:
        yield from cases_of(example)


def cases_of(example: Example) -> Iterator[Case]:
    """Return one example with each form of targets."""
    yield from (Case(example, form) for form in forms_of(example))


@check(hint='name the forms that it takes: target_types = ("labels", "one_hot"); see gn.Loss')
def targets_are_as_declared(subject: Subject) -> None:
    """Targets of each form that the loss declares are taken; these are values, unless it says otherwise."""
    for case in cases(subject):
        pair = _attempt(case)
        try:
            case.loss.forward(*arrays(pair))
        except Exception as error:
            raise Failure(case.show(pair), "a loss", error) from None


def _attempt(case: Case) -> Pair:
    try:
        return case.pair(2)
    except Exception as error:
        raise Failure(f"{case.example.text}, targets that are {case.form}", "targets that it takes", error) from None


def use(case: Case, loss: Loss, seed: int, dtype: str = "float64", rows: int = 4) -> Iterator[Any]:
    """Use a loss once."""
    pair = case.pair(rows, seed)
    yield from _results(loss, _read_only(pair.astype(dtype)))
    merged = fused(case, loss)
    # If a loss merges and its replacement does not, they differ here.
    yield np.float64(merged is not None)
    if merged is not None:
        inputs = replace(pair, y_pred=predictions("values", case.form, rows, seed))
        yield from _results(merged[1], _read_only(inputs.astype(dtype)))


def _read_only(pair: Pair) -> Pair:
    return replace(pair, y_pred=read_only(pair.y_pred), y_true=read_only(pair.y_true))


def _results(loss: Loss, pair: Pair) -> Iterator[Any]:
    yield np.float64(loss.forward(*arrays(pair)))
    yield np.copy(loss.per_sample(*arrays(pair)))
    yield np.copy(loss.backward(*arrays(pair)))
    value, gradient = loss.value_and_gradient(*arrays(pair))
    yield np.float64(value)
    yield np.copy(gradient)


def compare_loss_gradient(case: Case, loss: Loss, pair: Pair) -> Failure | None:
    """Compare backward of the case's loss, or of one in its place, with differences and with the tape."""
    moved = pair.y_pred.copy()

    def terms() -> Array:
        return np.array([loss.forward(moved, pair.y_true)])

    got = np.asarray(loss.backward(moved, pair.y_true))
    show = case.show(pair, None if loss is case.loss else loss)
    traced = by_tape(lambda: loss_gradient(loss, moved, pair.y_true, smooth=True))
    return compare_gradient(terms, moved, got, "y_pred", show, traced=traced)


@check(hint="value_and_gradient can be left out: it calls forward and backward")
def value_and_gradient_are_both(subject: Subject) -> None:
    """value_and_gradient returns what forward and backward return, merged with an activation too."""
    for case in cases(subject):
        merged = fused(case, case.loss)
        for loss in (case.loss, *(merged[1:] if merged is not None else ())):
            for pair in (*case.pairs(), case.pair(_LARGE)):
                expected = loss.forward(*arrays(pair)), loss.backward(*arrays(pair))
                for one, other in zip(loss.value_and_gradient(*arrays(pair)), expected, strict=True):
                    if not close(np.asarray(one), np.asarray(other), 1e-12):
                        raise Failure(f"value_and_gradient of {case.show(pair, loss)}", other, one)


@check(hint="a rule is brought by the hook glassnet_derivatives", applies=wrote_backward)
def gradient_of_the_tape(subject: Subject) -> None:
    """The tape can follow forward, so that the gradient is compared with its own in all digits."""
    for case in cases(subject):
        y_pred, y_true = arrays(case.pair(2))
        tells_whether_the_tape_follows(partial(loss_gradient, case.loss, y_pred, y_true))


@check(
    hint="forward is a mean, so the derivative has the 1/n too: n counts samples, or all elements",
    applies=compares_gradients,
)
def gradient_of_predictions(subject: Subject) -> None:
    """Backward returns the derivative of forward with respect to the predictions."""
    for case in cases(subject):
        for pair in case.pairs():
            _raise(compare_loss_gradient(case, case.loss, pair))


@check(hint="look at the borders of where(), and at clipped logarithms", applies=compares_gradients)
def gradient_at_awkward_points(subject: Subject) -> None:
    """The derivative is right where predictions are right, far off, or on a declared kink."""
    for case in cases(subject):
        for pair in case.awkward():
            _raise(compare_loss_gradient(case, case.loss, pair))


def _is_a_mean(subject: Subject) -> bool:
    return not subject.component.checks.batch_loss


@check(hint="use np.mean over samples and outputs, not np.sum; sums over classes are fine", applies=_is_a_mean)
def mean_over_samples(subject: Subject) -> None:
    """The loss of a batch is the mean of those of its samples: a batch twice over costs the same."""
    for case in cases(subject):
        pair = case.pair(3)
        alone = [case.loss.forward(*arrays(pair.rows(slice(row, row + 1)))) for row in range(len(pair))]
        got = case.loss.forward(*arrays(pair))
        if not close(np.asarray(got), np.asarray(np.mean(alone)), 1e-12):
            raise Failure(case.show(pair), f"{np.mean(alone):.6g}, the mean of {[round(a, 6) for a in alone]}", got)


@check(
    hint="per_sample() returns an array of shape (batch,): take the mean over outputs, and leave the samples apart",
    applies=_is_a_mean,
)
def loss_of_each_sample(subject: Subject) -> None:
    """per_sample() gives the loss of each sample, and their mean is the loss: weighted samples are counted by it."""
    for case in cases(subject):
        for pair in case.pairs():
            each = np.asarray(case.loss.per_sample(*arrays(pair)))
            if each.shape != (len(pair),):
                raise Failure(case.show(pair), f"shape ({len(pair)},)", f"shape {each.shape}")
            alone = [case.loss.forward(*arrays(pair.rows(slice(row, row + 1)))) for row in range(len(pair))]
            if not close(each, np.asarray(alone), 1e-12):
                raise Failure(case.show(pair), np.asarray(alone), each)


@check(hint="divide by the number of samples of the batch, and let no sample look at another", applies=_is_a_mean)
def gradient_of_each_sample(subject: Subject) -> None:
    """Each row of the gradient belongs to its own sample: in a batch of n it is an n-th of what it is alone."""
    for case in cases(subject):
        pair = case.pair(3)
        together = np.asarray(case.loss.backward(*arrays(pair)))
        for row in range(len(pair)):
            alone = np.asarray(case.loss.backward(*arrays(pair.rows(slice(row, row + 1)))))
            if not close(together[row : row + 1] * len(pair), alone, 1e-9):
                raise Failure(f"{case.show(pair)}: sample {row}", alone / len(pair), together[row : row + 1])


@check(hint="keep the batch axis: squeeze() and [0] lose it when there is one sample")
def shapes(subject: Subject) -> None:
    """The gradient has the shape of the predictions, for one sample and for many."""
    for case in cases(subject):
        for pair in (*case.pairs(), case.pair(5), *case.pairs()):
            got = np.shape(case.loss.backward(*arrays(pair)))
            if got != pair.y_pred.shape:
                raise Failure(case.show(pair), f"shape {pair.y_pred.shape}", f"shape {got}")


@check(hint="return np.mean(…, dtype=np.float64).item(); a float64 array or numpy scalar turns float32 into float64")
def float32_stays_float32(subject: Subject) -> None:
    """The loss is a Python float, and the gradient of float32 predictions is float32."""
    for case in cases(subject):
        pair = case.pair(2).astype("float32")
        value, got = case.loss.forward(*arrays(pair)), case.loss.backward(*arrays(pair))
        if type(value) is not float:
            raise Failure(case.show(pair), "a loss of type float", f"{value!r} of type {type(value).__name__}")
        if got.dtype != np.float32:
            raise Failure(case.show(pair), "a gradient in float32", str(got.dtype))


@check(hint="bound a probability from below before its logarithm, and a divisor before the division")
def extreme_predictions_stay_finite(subject: Subject) -> None:
    """Loss and gradient are finite for predictions that are fully right, fully wrong, and as large as 1e4."""
    for case in cases(subject):
        for pair in _extreme(case):
            value, got = case.loss.forward(*arrays(pair)), case.loss.backward(*arrays(pair))
            if not np.isfinite(value):
                raise Failure(case.show(pair), "a finite loss", value)
            if not np.isfinite(got).all():
                raise Failure(case.show(pair), "a finite gradient", got)


def _extreme(case: Case) -> Iterator[Pair]:
    if case.example.given:
        return
    y_true = targets(case.form, 3, 4)
    shape = predictions(case.prediction_type, case.form, 3, 4).shape
    for dtype in ("float32", "float64"):
        if case.prediction_type == "distribution":
            batches = [np.eye(shape[-1], dtype=dtype)[[column] * 3] for column in range(shape[-1])]
        else:
            ends = (0.0, 1.0) if case.prediction_type == "probabilities" else (0.0, 1e4, -1e4)
            batches = [np.full(shape, value, dtype) for value in ends]
            batches.append(np.resize(np.array(ends, dtype), shape))
        inside = filter(case.is_inside, batches)
        yield from (case.checked(y_pred, y_true).astype(dtype) for y_pred in inside)


@check(hint="in-place operations (-=, out=) on an argument change what belongs to others")
def arguments_stay_as_they_are(subject: Subject) -> None:
    """Predictions and targets are left as they are."""
    for case in cases(subject):
        for pair in case.pairs():
            given = pair.copy()
            for method in (case.loss.forward, case.loss.per_sample, case.loss.backward):
                method(given.y_pred, given.y_true)
                for name in ("y_pred", "y_true"):
                    if not same_bytes(getattr(given, name), getattr(pair, name)):
                        told = f"{name} as before, after {method.__name__}: {array_text(getattr(pair, name))}"
                        raise Failure(case.show(pair), told, getattr(given, name))


@check(hint="reshape copies where it has to; ravel('K'), as_strided and .data do not look at the order of axes")
def views_are_read_right(subject: Subject) -> None:
    """What is not in one piece of memory is read as well as what is: views, transposed and with steps."""
    for case in cases(subject):
        pair = case.pair(4)
        expected = list(_results(case.loss, pair))
        for name, lay_out in LAYOUTS.items():
            laid_out = replace(pair, y_pred=lay_out(pair.y_pred), y_true=lay_out(pair.y_true))
            for wanted, got in zip(expected, _results(case.loss, laid_out), strict=True):
                if not close(np.asarray(got), np.asarray(wanted), 1e-12):
                    raise Failure(f"{case.show(pair)}, {name}", wanted, got)


@check(hint="a sign: a loss is small where predictions are right", applies=_is_a_mean)
def right_costs_less_than_wrong(subject: Subject) -> None:
    """A prediction near the target costs less than the same prediction for another target."""
    for case in cases(subject):
        if case.example.given:
            continue
        y_true = targets(case.form, 1, 5)
        other = next(each for seed in range(6, 50) if not same_bytes(each := targets(case.form, 1, seed), y_true))
        right, wrong = (
            case.checked(as_predicted(case.form, predicted, case.prediction_type), y_true)
            for predicted in (y_true, other)
        )
        if not all(case.is_inside(pair.y_pred) for pair in (right, wrong)):
            continue
        costs = [case.loss.forward(*arrays(pair)) for pair in (right, wrong)]
        if not costs[0] < costs[1]:
            raise Failure(
                case.show(right), f"less than {costs[1]:.6g}, the loss of {array_text(wrong.y_pred)}", costs[0]
            )


@check(
    hint="override targets() where the forms differ from the predictions' own, and end it with the base class's checks"
)
def unfitting_targets_are_refused(subject: Subject) -> None:
    """Targets of a shape that does not fit are refused with ShapeError or DataError, before training."""
    for case in cases(subject):
        if case.example.given:
            continue
        y_pred = case.pair(3).y_pred
        wrong = np.zeros((3, *y_pred.shape[1:], 2))
        try:
            case.loss.prepare_targets(wrong, y_pred.shape[1:], np.dtype("float64"))
        except (ShapeError, DataError):
            continue
        except Exception as error:
            raise Failure(f"{case.example.text}, targets of shape {wrong.shape}", "ShapeError", error) from None
        raise Failure(f"{case.example.text}, targets of shape {wrong.shape}", "ShapeError", "no error")


@check(
    hint="fuse() returns a loss of the activation's input; it inherits the options, such as label smoothing",
    applies=lambda subject: any(fused(case, case.loss) is not None for case in cases(subject)),
)
def fused_form_is_the_same(subject: Subject) -> None:
    """Merged with the last activation, the loss is the same number, and its gradient is right."""
    for case in cases(subject):
        merged = fused(case, case.loss)
        if merged is None:
            continue
        activation, together = merged
        for batch in (1, 4):
            y_true = case.pair(batch).y_true
            pair = Pair(case.form, predictions("values", case.form, batch, 7), y_true)
            apart = activation.forward(pair.y_pred)
            told = f"{case.show(pair, together)} after {activation!r}"
            expected, got = case.loss.forward(apart, y_true), together.forward(*arrays(pair))
            if not close(np.asarray(got), np.asarray(expected), 1e-9):
                raise Failure(told, expected, got)
            each, got_each = case.loss.per_sample(apart, y_true), together.per_sample(*arrays(pair))
            if not close(got_each, each, 1e-9):
                raise Failure(f"{told}, per_sample()", each, got_each)
            _raise(compare_loss_gradient(case, together, pair))


def fused(case: Case, loss: Loss) -> tuple[Activation, Loss] | None:
    """Return an activation that suits the targets, and what `loss` merges with it into, if it does."""
    name = _FUSED.get(case.form)
    if name is None or not registry.has("activation", name):
        return None
    activation: Activation = registry.create("activation", name)
    together = loss.fuse(activation)
    return (activation, together) if together is not None else None


@check(hint="the gradient, the 1/n, and the result of targets()")
def training_lowers_it(subject: Subject) -> None:
    """A network that is trained with it gets better."""
    last = {"probabilities": ["sigmoid"], "distribution": ["softmax"]}
    for case in cases(subject):
        if case.example.given:
            continue
        y = targets(case.form, 8, 8)
        width = predictions(case.prediction_type, case.form, 1, 0).shape[-1]
        x = np.eye(8, dtype=np.float32)
        positive = ["softplus"] if case.loss.checks.domain[0] >= 0 and case.prediction_type == "values" else []
        layers = [f"dense({width})", *last.get(case.prediction_type, positive)]
        parts = {"loss": case.loss, "optimizer": "sgd(lr=0.2)", "epochs": 20, "batch_size": 8}
        practice = Practice(layers, x, y, **parts)
        run = practice.run(practice.network())
        train(run)
        first, *_, final = run.history["loss"]
        if not final < first:
            raise Failure(
                f"{case.example.text}, 20 steps of sgd(lr=0.2)", f"a loss below the first, {first:.6g}", final
            )


def arrays(pair: Pair) -> tuple[Array, Array]:
    """Return predictions and targets, the arguments of a loss."""
    return pair.y_pred, pair.y_true


def _raise(failure: Failure | None) -> None:
    if failure is not None:
        raise failure
