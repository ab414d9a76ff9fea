"""What holds for every metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.metric import Metric
from glassnet.errors import GlassnetError
from glassnet_testing.cases.inputs import LAYOUTS
from glassnet_testing.cases.short_runs import SAMPLES, Practice, compare_broken_runs
from glassnet_testing.cases.targets import OUTPUTS, OUTPUTS_FOR, Pair, as_predicted, forms_of, predictions, targets
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close, same_bytes
from glassnet_testing.tools.formatting import array_text, shown

_PASS = 12
# More samples than a metric may hold back, and more classes than a table of its own may have.
_MANY = 1030
_MANY_CLASSES = 40
_PERFECT_WIDTHS = (3, 5)
# Predictions are float32, and so may be the sum over a batch.
_ROUNDING = 1e-5


class Case:
    """A metric, and a form of targets."""

    def __init__(self, example: Example, form: str) -> None:
        self.example = example
        self.metric: Metric = example.component
        self.form = form

    def pair(self, batch: int = _PASS, seed: int = 0, dtype: str = "float32", width: int = OUTPUTS) -> Pair:
        """Return targets, and predictions that are partly right, of some number of outputs or classes."""
        if self.example.given:
            y_pred, y_true = (np.asarray(each) for each in self.example.given)
            return Pair("", y_pred.astype(dtype), y_true)
        y_true = targets(self.form, batch, seed, width)
        if self.form == "labels" and batch >= width:
            y_true[:width] = np.arange(width)  # some figures want each class to be there
        y_pred = predictions(OUTPUTS_FOR[self.form], self.form, batch, seed, width)
        return Pair(self.form, y_pred, y_true).astype(dtype)

    def show(self, pair: Pair, sizes: Sequence[int] = ()) -> str:
        """Return a pass as reports show it."""
        told = f"{self.example.text} of y_true = {array_text(pair.y_true)}, y_pred = {array_text(pair.y_pred)}"
        return f"{told}, in batches of {', '.join(map(str, sizes))}" if sizes else told


def cases(subject: Subject) -> Iterator[Case]:
    """Return each example with each form of targets."""
    for example in subject.examples:
        yield from cases_of(example)


def cases_of(example: Example) -> Iterator[Case]:
    """Return one example with each form of targets."""
    yield from (Case(example, form) for form in forms_of(example))


@check(hint='name the forms that it takes: target_types = ("labels", "one_hot"); see gn.Metric')
def targets_are_as_declared(subject: Subject) -> None:
    """Targets of each form that the metric declares are taken; these are values, unless it says otherwise."""
    for case in cases(subject):
        try:
            pair = case.pair()
            measured(case.metric, pair)
        except Exception as error:
            raise Failure(f"{case.example.text}, targets that are {case.form}", "a figure", error) from None


def measured(metric: Metric, pair: Pair, sizes: Sequence[int] = ()) -> Any:
    """Return the figure over a pass in batches of some sizes; in one batch by default."""
    started = metric.fresh()
    start = 0
    for size in sizes or (len(pair),):
        part = pair.rows(slice(start, start + size))
        started.update(part.y_true, part.y_pred)
        start += size
    return started.compute()


def use(case: Case, metric: Metric, seed: int) -> Iterator[Any]:
    """Use a metric for one pass."""
    pair = case.pair(seed=seed)
    started = metric.fresh()
    for part in (pair.rows(slice(0, 5)), pair.rows(slice(5, None))):
        started.update(part.y_true, part.y_pred)
        yield np.asarray(started.compute())


@check(hint="add up totals in update(), and divide once, in compute(); a mean of batch means is something else")
def batches_do_not_matter(subject: Subject) -> None:
    """Over batches it is what it is over the whole: a short last batch counts by its samples."""
    for case in cases(subject):
        for pair in (case.pair(), *([] if case.example.given else [case.pair(130, seed=4)])):
            _compare_batches(case, pair, (1,) * len(pair))
        if not case.example.given:
            _compare_batches(case, case.pair(_MANY, seed=5), (500, 30, 500))
            # Several columns of yes and no are another question.
            width = _MANY_CLASSES if case.form in ("values", "labels", "one_hot") else OUTPUTS
            if _takes(case, pair := case.pair(130, seed=6, width=width)):
                _compare_batches(case, pair, (40, 50, 40))


def _takes(case: Case, pair: Pair) -> bool:
    """Tell whether a metric takes this number of classes: it may have a table of its own."""
    try:
        measured(case.metric, pair)
    except Exception:
        return False
    return True


def _compare_batches(case: Case, pair: Pair, also: Sequence[int]) -> None:
    expected = measured(case.metric, pair)
    for sizes in ((7, len(pair) - 7), (1, 2, len(pair) - 3), (len(pair) - 1, 1), also):
        if min(sizes) > 0 and not _same(got := measured(case.metric, pair, sizes), expected):
            raise Failure(case.show(pair, sizes), f"{shown(expected)}, as in one batch", got)


@check(
    hint="add the totals of `other` in merge(), or leave mergeable = True out; see gn.Metric.merge",
    applies=lambda subject: any(example.component.mergeable for example in subject.examples),
)
def copies_can_be_merged(subject: Subject) -> None:
    """Two copies that count a part each, and are merged, give what one gives over the whole."""
    for case in cases(subject):
        pair = case.pair()
        expected = measured(case.metric, pair)
        for place in {0, 1, min(2, len(pair)), len(pair) // 2, max(len(pair) - 2, 0), len(pair) - 1, len(pair)}:
            first, second = case.metric.fresh(), case.metric.fresh()
            for metric, rows in ((first, slice(0, place)), (second, slice(place, None))):
                part = pair.rows(rows)
                if len(part):
                    metric.update(part.y_true, part.y_pred)
            first.merge(second)
            if not _same(first.compute(), expected):
                raise Failure(case.show(pair, (place, len(pair) - place)), f"{shown(expected)}, as of one", first)


@check(
    hint="multiply what each sample adds to the totals by its weight, and divide by the sum of the weights",
    applies=lambda subject: any(example.component.takes_weights for example in subject.examples),
)
def weights_are_repetitions(subject: Subject) -> None:
    """A sample of weight 2 counts like the sample twice, and one of weight 0 not at all."""
    for case in cases(subject):
        pair = case.pair()
        weights = np.arange(len(pair)) % 4 + (0 if len(pair) > 4 else 1)
        expected = measured(case.metric, pair.rows(np.repeat(np.arange(len(pair)), weights)))
        for sizes in ((len(pair),), (1,) * len(pair)):
            started = case.metric.fresh()
            start = 0
            for size in sizes:
                part = pair.rows(slice(start, start + size))
                started.update(part.y_true, part.y_pred, sample_weight=weights[start : start + size].astype(float))
                start += size
            if not _same(started.compute(), expected):
                told = f"{case.show(pair)}, weights {', '.join(map(str, weights))}"
                raise Failure(told, f"{shown(expected)}, as of the samples repeated", started.compute())


@check(hint="a sum over samples knows no order")
def order_does_not_matter(subject: Subject) -> None:
    """The order of the samples makes no difference."""
    for case in cases(subject):
        for pair in (case.pair(), *([] if case.example.given else [case.pair(_MANY, seed=5)])):
            expected = measured(case.metric, pair)
            got = measured(case.metric, pair.rows(slice(None, None, -1)))
            if not _same(got, expected):
                raise Failure(f"{case.show(pair)}, last sample first", expected, got)


@check(hint="set every total to zero in reset()")
def start_forgets(subject: Subject) -> None:
    """reset() forgets everything."""
    for case in cases(subject):
        pair, other = case.pair(), case.pair(seed=1)
        expected = measured(case.metric, pair)
        used = case.metric.fresh()
        used.update(other.y_true, other.y_pred)
        used.reset()
        used.update(pair.y_true, pair.y_pred)
        if not _same(used.compute(), expected):
            raise Failure(f"{case.show(pair)}, after another pass and reset()", expected, used.compute())


@check(hint="end compute() with float(…), and keep totals in Python numbers or float64")
def result_is_a_number(subject: Subject) -> None:
    """The result is a Python float or an array of numbers, and as exact of float32 outputs as of float64."""
    for case in cases(subject):
        pair = case.pair()
        got = measured(case.metric, pair)
        if type(got) is not float and not (isinstance(got, np.ndarray) and got.ndim > 0):
            raise Failure(case.show(pair), "a float", f"{got!r} of type {type(got).__name__}")
        precise = measured(case.metric, Pair(pair.form, pair.y_pred.astype(np.float64), pair.y_true))
        if not close(np.asarray(got), np.asarray(precise), 1e-5):
            raise Failure(f"{case.show(pair)}", f"{precise!r}, as of the same numbers in float64", repr(got))


@check(hint='return total / count if count else float("nan")')
def small_passes_are_passes(subject: Subject) -> None:
    """A single sample is a pass as well; over none, or where all have weight 0, the result is a number or NaN."""
    for case in cases(subject):
        if not case.example.given:
            pair = case.pair(1)
            try:
                measured(case.metric, pair)
            except Exception as error:
                raise Failure(case.show(pair), "a number", error) from None
        try:
            case.metric.fresh().compute()
        except Exception as error:
            raise Failure(f"{case.example.text} without update()", 'float("nan")', error) from None
        if case.metric.takes_weights:
            _look_at_samples_without_weight(case)


def _look_at_samples_without_weight(case: Case) -> None:
    pair = case.pair()
    for batches in (1, 2):
        started = case.metric.fresh()
        try:
            for _ in range(batches):
                started.update(pair.y_true, pair.y_pred, sample_weight=np.zeros(len(pair)))
            started.compute()
        except Exception as error:
            raise Failure(f"{case.show(pair)}, all of weight 0", 'float("nan")', error) from None


@check(hint="in-place operations (-=, out=) on an argument change what belongs to others")
def arguments_stay_as_they_are(subject: Subject) -> None:
    """Targets and outputs are left as they are."""
    for case in cases(subject):
        pair = case.pair()
        given = pair.copy()
        measured(case.metric, given)
        for name in ("y_true", "y_pred"):
            if not same_bytes(getattr(given, name), getattr(pair, name)):
                raise Failure(
                    case.show(pair), f"{name} as before: {array_text(getattr(pair, name))}", getattr(given, name)
                )


@check(hint="reshape copies where it has to; ravel('K'), as_strided and .data do not look at the order of axes")
def views_are_read_right(subject: Subject) -> None:
    """What is not in one piece of memory is read as well as what is."""
    for case in cases(subject):
        pair = case.pair()
        expected = measured(case.metric, pair)
        for name, lay_out in LAYOUTS.items():
            got = measured(case.metric, replace(pair, y_pred=lay_out(pair.y_pred), y_true=lay_out(pair.y_true)))
            if not _same(got, expected):
                raise Failure(f"{case.show(pair)}, {name}", expected, got)


@check(hint="divide in local variables: what compute() changes, the next update() finds")
def result_can_be_asked_again(subject: Subject) -> None:
    """compute() changes nothing: progress bars ask for it after each batch."""
    for case in cases(subject):
        pair = case.pair()
        expected = measured(case.metric, pair, (7, len(pair) - 7) if len(pair) > 7 else ())
        started = case.metric.fresh()
        for rows in (slice(0, 7), slice(7, None)):
            part = pair.rows(rows)
            if len(part):
                started.update(part.y_true, part.y_pred)
                started.compute()
        if not _same(started.compute(), expected):
            told = f"{case.show(pair)}, in batches of 7, compute() after each"
            raise Failure(told, expected, started.compute())


@check(hint="copy what has to be remembered: y_pred.copy()")
def arrays_are_not_kept(subject: Subject) -> None:
    """Nothing of the arrays is kept: a program that calls update() itself may fill them with the next batch."""
    for case in cases(subject):
        pair = case.pair()
        expected = measured(case.metric, pair)
        started = case.metric.fresh()
        given = pair.copy()
        started.update(given.y_true, given.y_pred)
        given.y_pred[...] = given.y_pred[::-1].copy()
        given.y_true[...] = given.y_true[::-1].copy()
        given.y_pred[: len(pair) // 2] = 0
        if not _same(started.compute(), expected):
            raise Failure(f"{case.show(pair)}, arrays overwritten before compute()", expected, started.compute())


@check(
    hint="higher_is_better = True, False, or None where neither is",
    applies=lambda subject: any(example.component.higher_is_better is not None for example in subject.examples),
)
def right_is_better(subject: Subject) -> None:
    """What higher_is_better says is so: predictions that are right are not worse than others."""
    for case in cases(subject):
        better = case.metric.higher_is_better
        if case.example.given or better is None:
            continue
        pair = case.pair()
        right = Pair(case.form, as_predicted(case.form, pair.y_true, OUTPUTS_FOR[case.form]), pair.y_true)
        wrong = Pair(
            case.form,
            np.roll(right.y_pred, 1, axis=-1) if right.y_pred.shape[-1] > 1 else 1 - right.y_pred,
            pair.y_true,
        )
        best, worse = measured(case.metric, right), measured(case.metric, wrong)
        if not (best > worse if better else best < worse):
            expected = f"{'more' if better else 'less'} than {worse:.6g}, the figure of wrong predictions"
            raise Failure(case.show(right), expected, best)


@check(hint="look for a number of classes in the code; it is y_pred.shape[-1]")
def many_classes(subject: Subject) -> None:
    """Right predictions have the figure with 40 classes that they have with few."""
    for case in cases(subject):
        if case.form not in ("labels", "one_hot"):
            continue
        figures = [_figure_of_right(case, width) for width in (*_PERFECT_WIDTHS, _MANY_CLASSES)]
        # A figure that depends on the number of classes, such as a logarithm, differs between few too.
        if _same(figures[0], figures[1]) and not np.isnan(figures[2]) and not _same(figures[2], figures[0]):
            told = f"{case.example.text} of right predictions of {_MANY_CLASSES} classes"
            raise Failure(told, f"{shown(figures[0])}, as with {_PERFECT_WIDTHS[0]} classes", figures[2])


def _figure_of_right(case: Case, width: int) -> Any:
    pair = case.pair(130, seed=6, width=width)
    right = replace(pair, y_pred=as_predicted(case.form, pair.y_true, OUTPUTS_FOR[case.form], width))
    figure = np.asarray(measured(case.metric, right) if _takes(case, right) else np.nan)
    return figure if figure.ndim == 0 else np.nan


@check(hint="totals are numbers, arrays, text and lists of these, on the instance, set by reset()")
def training_can_be_continued(subject: Subject) -> None:
    """Training that is broken off and continued, in mid-epoch too, reports the same."""
    for case in cases(subject):
        if not case.example.given:
            compare_broken_runs(case.example.text, partial(_practice, case))


def _practice(case: Case) -> Practice:
    pair = case.pair(SAMPLES)
    x = np.random.default_rng(9).normal(size=(SAMPLES, 4)).astype(np.float32)
    expects = OUTPUTS_FOR[case.form]
    last = {"distribution": ["softmax"], "probabilities": ["sigmoid"], "values": []}[expects]
    loss = "categorical_crossentropy" if expects == "distribution" else "mean_squared_error"
    layers = [f"dense({pair.y_pred.shape[-1]})", *last]
    return Practice(layers, x, pair.y_true, loss=loss, metrics=[case.example.fresh()])


def _same(got: Any, expected: Any) -> bool:
    return close(np.asarray(got), np.asarray(expected), _ROUNDING) or bool(
        np.isnan(got).all() and np.isnan(expected).all()
    )


@check(hint="take the option out, or use it: self.k", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the figure at some value."""
    tried = list(cases(subject))

    def computed(metric: Metric) -> list[Any]:
        results: list[Any] = []
        for case in tried:
            for pair in (case.pair(), case.pair(seed=3), *([] if case.example.given else [case.pair(130, seed=4)])):
                try:
                    results.append(measured(metric, pair))
                except GlassnetError:
                    results.append(np.nan)  # with this option it takes other targets
        return results

    compare_options([example.component for example in subject.examples], computed)
