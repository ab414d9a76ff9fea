"""A component beside its counterpart in another library: only a reference tells whether a formula is the one meant."""

from __future__ import annotations

import ast
import contextlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from glassnet.components.component import Component
from glassnet.components.layer import Layer
from glassnet.components.loss import Loss
from glassnet.components.metric import Metric
from glassnet.components.optimizer import Optimizer, Schedule
from glassnet.components.parameter import Constraint
from glassnet.errors import OptionError
from glassnet.registry.hookspecs import run_hookimpl
from glassnet.run.run_hooks import Callback
from glassnet.training.loop import train
from glassnet.training.run import Run
from glassnet.types import Array
from glassnet_testing.cases.draws import is_tiny
from glassnet_testing.cases.short_runs import regression
from glassnet_testing.cases.targets import CLASS_FORMS, Pair
from glassnet_testing.checks import layers, losses, metrics
from glassnet_testing.runner.check import Failure, NotChecked, check
from glassnet_testing.runner.counting import with_other_options
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import close
from glassnet_testing.tools.formatting import array_text

# Some counterparts keep a few numbers in float32; a mistake is larger.
_TOLERANCE = 1e-6
_STEPS = 60
_LARGE_EPSILON = 0.1
_LENGTHS = (10, 100)
# One with which validation losses hardly change, and one with which they fall and rise.
_LRS = (1e-6, 0.3)
_EPOCHS = 40
# A report shows as many elements of an array.
_SHOWN = 24

Pairs = Iterator[tuple[str, Any, Any]]
"""What is compared: its name, the counterpart's result, and the component's."""


class Counterpart:
    """What a component declares with ``gn.Checks(counterpart=…)``.

    Parameters
    ----------
    text
        A name with its module, and perhaps arguments: expressions of the component's options and of the inputs.

    Raises
    ------
    NotChecked
        If its library is not installed.
    Failure
        If the text is not a name or a call, or if there is no such name.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise _unreadable(text, error) from None
        called = tree.func if isinstance(tree, ast.Call) else tree
        self._inputs = [_compiled(each) for each in tree.args] if isinstance(tree, ast.Call) else []
        keywords = tree.keywords if isinstance(tree, ast.Call) else []
        self._keywords = {str(keyword.arg): _compiled(keyword.value) for keyword in keywords}
        self.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.library, _, rest = ast.unparse(called).partition(".")
        try:
            pkgutil.resolve_name(self.library)
        except ImportError:
            raise NotChecked(f"{self.library} is not installed, which has the counterpart {text}") from None
        try:
            self._peer = pkgutil.resolve_name(f"{self.library}.{rest}" if rest else self.library)
        except (ImportError, AttributeError, ValueError) as error:
            raise _unreadable(text, error) from None

    @property
    def reads_figures(self) -> bool:
        """Whether it is a scheduler whose step is given the figure of an epoch."""
        return "metrics" in inspect.signature(getattr(self._peer, "step", self._peer)).parameters

    def call(self, component: Component, also: Mapping[str, Any] | None = None, **inputs: Any) -> Any:
        """Return what the counterpart computes of the inputs; a class is made with its keywords first.

        Arguments may name options, inputs, and what is `also` there.
        """
        names = {**component.options, **inputs, **(also or {})}
        given = [_value(each, names) for each in self._inputs] or list(inputs.values())
        keywords = {name: _value(code, names) for name, code in self._keywords.items()}
        if isinstance(self._peer, type):
            return self._peer(**keywords)(*given)
        return self._peer(*given, **keywords)

    def fitted(self, component: Component, values: Array) -> Any:
        """Return an instance of the counterpart, a class such as those of scikit-learn, that is fitted to values."""
        keywords = {name: _value(code, component.options) for name, code in self._keywords.items()}
        return self._peer(**keywords).fit(values)

    def make(self, component: Component, first: Any, inputs: Mapping[str, Any], **usual: Any) -> Any:
        """Return an instance of the counterpart, a class, with `first` and its keywords."""
        names = {**component.options, **inputs}
        return self._peer(first, **usual | {name: _value(code, names) for name, code in self._keywords.items()})


def _unreadable(text: str, error: BaseException) -> Failure:
    hint = 'counterpart="torch.optim.Adam(betas=(beta1, beta2))": a name, and arguments made of options'
    return Failure(f"checks = gn.Checks(counterpart={text!r})", "a name that can be imported", error, hint)


def _compiled(node: ast.expr) -> Any:
    return compile(ast.Expression(node), "<counterpart>", "eval")


def _value(code: Any, names: Mapping[str, Any]) -> Any:
    return eval(code, {"__builtins__": {}}, dict(names))


def _declares_one(subject: Subject) -> bool:
    return bool(subject.component.checks.counterpart)


@check(
    hint="compare step by step with the counterpart's own code; if the convention differs, say so in its arguments",
    applies=_declares_one,
)
def equals_its_counterpart(subject: Subject) -> None:
    """It computes what the counterpart that it declares computes, at other options too."""
    counterpart = Counterpart(subject.component.checks.counterpart)
    for example in subject.examples:
        _compare(counterpart, example)
        for name, component in _varied(example.component):
            if name not in counterpart.names:
                continue
            other = Example(repr(component), component, example.given)
            try:
                pairs = list(_PAIRS[subject.kind.name](counterpart, other))
            except Exception:  # the counterpart, or the component, does not take this combination
                continue
            _raise(counterpart, other, pairs)


def _varied(component: Component) -> Iterator[tuple[str, Any]]:
    """Yield the component with one option changed; an epsilon is made large too, so that its place shows."""
    yield from with_other_options(component)
    for name, value in component.options.items():
        if is_tiny(value):
            with contextlib.suppress(OptionError):
                yield name, component.replace(**{name: _LARGE_EPSILON})


def _compare(counterpart: Counterpart, example: Example) -> None:
    try:
        pairs = list(_PAIRS[example.component.kind](counterpart, example))
    except Exception as error:
        raise Failure(f"{example.text} beside {counterpart.text}", "results to compare with", error) from None
    _raise(counterpart, example, pairs)


def _raise(counterpart: Counterpart, example: Example, pairs: list[tuple[str, Any, Any]]) -> None:
    for name, expected, got in pairs:
        if not close(np.asarray(got), np.asarray(expected), _TOLERANCE):
            told = f"{example.text} beside {counterpart.text}, {name}"
            raise Failure(*_first_difference(told, np.asarray(expected), np.asarray(got)))


def _first_difference(told: str, expected: Array, got: Array) -> tuple[str, Any, Any]:
    """Return what a report shows: of long rows the first element that differs, as the middle of rows is left out."""
    if expected.shape != got.shape or expected.ndim != 1 or len(expected) <= _SHOWN:
        return told, expected, got
    place = next(place for place in range(len(got)) if not close(got[place], expected[place], _TOLERANCE))
    return f"{told}, element {place}", expected[place], got[place]


# --- inputs, in the counterpart's own arrays -----------------------------------------------------------------


def _given_to(counterpart: Counterpart, array: Array, *, tracked: bool = False) -> Any:
    """Return an array as the counterpart's library takes it; PyTorch notes what is done with one that is tracked."""
    if counterpart.library != "torch":
        return array
    tensor = pkgutil.resolve_name("torch").from_numpy(np.ascontiguousarray(array))
    return tensor.requires_grad_() if tracked else tensor


def _taken_from(value: Any) -> Array:
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def _layer(counterpart: Counterpart, example: Example) -> Pairs:
    layer: Layer = example.component
    for case in layers.cases_of(example):
        bench = case.bench()
        if bench.parameters:
            raise NotImplementedError(
                "layers with parameters differ in how they lay them out: write a test of your own"
            )
        for x in (case.inputs.random(3), 4 * case.inputs.random(3, seed=1)):
            with bench.passing(training=False) as one:
                y = one.forward(x).copy()
                dy = np.random.default_rng(2).normal(size=y.shape)
                dx, _ = one.backward(dy)
            theirs = _given_to(counterpart, x, tracked=not case.inputs.integers)
            result = counterpart.call(layer, x=theirs)
            yield f"the output of {case.show(x)}", _taken_from(result), y
            if counterpart.library == "torch" and dx is not None:
                result.backward(_given_to(counterpart, dy))
                yield f"the gradient of {case.show(x)}", _taken_from(theirs.grad), dx


def _loss(counterpart: Counterpart, example: Example) -> Pairs:
    loss: Loss = example.component
    for case in losses.cases_of(example):
        for pair in (case.pair(1), case.pair(6, seed=1)):
            y_pred = _given_to(counterpart, pair.y_pred, tracked=True)
            y_true = _given_to(counterpart, pair.y_true)
            result = counterpart.call(loss, y_pred=y_pred, y_true=y_true)
            yield f"the value of {case.show(pair)}", _taken_from(result), loss.forward(pair.y_pred, pair.y_true)
            if counterpart.library == "torch":
                result.backward()
                yield (
                    f"the gradient of {case.show(pair)}",
                    _taken_from(y_pred.grad),
                    loss.backward(*losses.arrays(pair)),
                )


def _metric(counterpart: Counterpart, example: Example) -> Pairs:
    metric: Metric = example.component
    for case in metrics.cases_of(example):
        for pair in (case.pair(), case.pair(130, seed=4), *_unusual_values(case)):
            y_true, y_pred = (_given_to(counterpart, each) for each in (pair.y_true, pair.y_pred))
            also = {} if case.form not in CLASS_FORMS else _classes(metric, pair)
            expected = counterpart.call(metric, also, y_true=y_true, y_pred=y_pred)
            yield case.show(pair), _taken_from(expected), metrics.measured(metric, pair, (5, len(pair) - 5))


def _unusual_values(case: metrics.Case) -> Iterator[Pair]:
    """Yield values that are small, and targets that are all the same; the predictions of one output are right then."""
    if case.form == "values" and not case.example.given:
        pair = case.pair(seed=5)
        small = replace(pair, y_true=pair.y_true / 100, y_pred=pair.y_pred / 100)
        equal = replace(small, y_true=np.full_like(pair.y_true, 2), y_pred=2 + small.y_pred)
        equal.y_pred[:, 0] = 2
        yield from (small, equal)


def _classes(metric: Metric, pair: Pair) -> dict[str, Any]:
    """Return what functions of labels are given: true and predicted classes, the classes, and the score of class 1."""
    single = pair.y_pred.shape[-1] == 1
    threshold = metric.options.get("threshold")
    above = pair.y_pred[:, 0] > (0.5 if threshold is None else threshold)
    predicted = above if single else pair.y_pred.argmax(-1)
    return {
        "true_labels": pair.y_true.argmax(-1) if pair.form == "one_hot" else pair.y_true.astype(int).ravel(),
        "predicted_labels": predicted.astype(int),
        "classes": np.arange(2 if single else pair.y_pred.shape[-1]),
        "scores": pair.y_pred[:, 0] if single else pair.y_pred,
    }


def _optimizer(counterpart: Counterpart, example: Example) -> Pairs:
    optimizer: Optimizer = example.component
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=7), rng.normal(size=(_STEPS, 7)) * 10.0 ** rng.integers(-3, 2, 7)
    mine, theirs = start.copy(), _given_to(counterpart, start.copy(), tracked=True)
    peer = counterpart.make(optimizer, [theirs], {}, lr=optimizer.lr)
    state = {slot: np.zeros(7) for slot in optimizer.slots} | {scalar: np.zeros(1) for scalar in optimizer.scalars}
    for t, gradient in enumerate(gradients, 1):
        theirs.grad = _given_to(counterpart, gradient.copy())
        peer.step()
        optimizer.step(mine, gradient.copy(), state, optimizer.lr, t, partial(float, 0))
        if t in (1, 2, _STEPS):
            yield f"parameters after {t} steps", _taken_from(theirs).copy(), mine.copy()


def _schedule(counterpart: Counterpart, example: Example) -> Pairs:
    schedule: Schedule = example.component
    torch = pkgutil.resolve_name("torch")
    if counterpart.reads_figures:
        yield from _reacting_schedule(counterpart, example)
        return
    for total_steps in _LENGTHS:
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        peer = counterpart.make(schedule, optimizer, {"total_steps": total_steps, "base_lr": 0.1})
        expected = []
        for _ in range(total_steps):
            expected.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            peer.step()
        got = [schedule.lr(step, total_steps, 0.1) for step in range(total_steps)]
        yield f"lr(step, {total_steps}, 0.1) from step 0 on", np.array(expected), np.array(got)


def _constraint(counterpart: Counterpart, example: Example) -> Pairs:
    constraint: Constraint = example.component
    rng = np.random.default_rng(0)
    for shape, size in ((5, 3), 1.0), ((5, 3), 20.0), ((3, 2, 2, 4), 2.0):
        w = size * rng.normal(size=shape)
        expected = counterpart.call(constraint, w=_given_to(counterpart, w.copy()))
        told = f"of w = {array_text(w)}"
        constraint.project(w)
        yield told, _taken_from(expected), w


def _transform(counterpart: Counterpart, example: Example) -> Pairs:
    transform = example.component
    if transform.takes not in ("numbers", "any"):
        raise NotImplementedError("only transforms of numbers have counterparts: write a test of your own")
    rng = np.random.default_rng(0)
    # Two columns that vary, and one that is the same in all rows.
    values = np.column_stack([rng.normal(3, 2, (40, 2)), np.full(40, 7.0)])
    with_gaps = np.where(np.arange(40)[:, None] % 7 == np.arange(3), np.nan, values)
    for told, rows in ("rows", values), ("rows with gaps", with_gaps):
        state, peer = transform.fit(rows), counterpart.fitted(transform, rows)
        for others in (rows, 2 * rows - 1):
            got, expected = transform.transform(others, state), peer.transform(others)
            yield f"{told}: where outputs are missing", 1.0 * np.isnan(expected), 1.0 * np.isnan(got)
            yield told, np.nan_to_num(expected), np.nan_to_num(got)


class _Followed(Callback):
    """Notes the validation loss of each epoch and the step size after it."""

    def on_run_start(self, run: Run) -> None:
        run.state_of(self).seen = []

    @run_hookimpl(trylast=True)
    def on_epoch_end(self, run: Run) -> None:
        run.state_of(self).seen.append((run.logs["val_loss"], run.lr_scale))


def _reacting_schedule(counterpart: Counterpart, example: Example) -> Pairs:
    """Compare the step sizes of runs, whose validation losses the counterpart is given too."""
    torch = pkgutil.resolve_name("torch")
    for lr in _LRS:
        follower = _Followed()
        parts = {"optimizer": f"sgd(lr={lr})", "epochs": _EPOCHS, "callbacks": [follower]}
        taking_part = regression(["dense(3)", "tanh"], schedule=example.fresh(), **parts)
        run = taking_part.run(taking_part.network())
        train(run)
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=lr)
        peer = counterpart.make(example.component, optimizer, {"total_steps": run.total_steps, "base_lr": lr})
        expected, seen = [], run.state_of(follower).seen
        for figure, _ in seen:
            peer.step(figure)
            expected.append(optimizer.param_groups[0]["lr"] / lr)
        yield f"the factor of lr={lr} after each epoch", np.array(expected), np.array([scale for _, scale in seen])


_PAIRS: dict[str, Callable[[Counterpart, Example], Pairs]] = {
    "activation": _layer,
    "constraint": _constraint,
    "layer": _layer,
    "loss": _loss,
    "metric": _metric,
    "optimizer": _optimizer,
    "schedule": _schedule,
    "transform": _transform,
}
