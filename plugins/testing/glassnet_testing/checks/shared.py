"""What holds for every component: it can be found and made, explains itself, and shares nothing between its users."""

from __future__ import annotations

import contextlib
import inspect
import random
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from glassnet.registry.registry import registry
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.subject import Example, Subject
from glassnet_testing.tools.compare import first_difference
from glassnet_testing.tools.exercise import Results, Use, uses_of
from glassnet_testing.tools.interleave import one_line_each

_CITED = re.compile(r"\b1[6-9]\d\d\b|\b20[0-4]\d\b|arXiv|\bdoi\b|https?://|\bsource:", re.IGNORECASE)


@check(hint="see the cause; glassnet plugins --check shows it")
def loads(subject: Subject) -> None:
    """The component is imported, and found under its name."""
    if subject.cause is not None:
        raise Failure(subject.title, f"{subject.kind.article}", subject.cause.cause)
    found = registry.resolve(subject.kind.name, subject.name)
    if found is not subject.component:
        raise Failure(subject.title, subject.component, found, "another component has the same name")


@check(hint='give specs that work: examples = ("dense(3)",)')
def examples_can_be_made(subject: Subject) -> None:
    """The examples can be made; without any, the component can be made without options."""
    if subject.kind.instances:
        return
    try:
        examples = subject.examples
    except Exception as error:
        written = (*subject.component.examples, *subject.component.checks.examples)
        declared = subject.described or written or f"{subject.name}, as there are no examples"
        raise Failure(declared, subject.kind.article, error) from None
    for example in examples:
        if not isinstance(example.component, subject.component):
            raise Failure(example.text, subject.kind.article, example.component)


@check(hint="say what it computes, its shapes and its source")
def docstring(subject: Subject) -> None:
    """The class has a docstring of its own."""
    # One that is inherited describes the base class.
    written = vars(subject.component).get("__doc__")
    if not (written or "").strip():
        raise Failure(subject.title, "a docstring", "none")


@check(hint="name paper or book with its year, or write 'Source: by definition.'")
def source(subject: Subject) -> None:
    """The docstring says where the mathematics or the data come from."""
    if not _CITED.search(inspect.getdoc(subject.component) or ""):
        raise Failure(subject.title, "a year, an arXiv number, a link or a line 'Source: …' in the docstring", "none")


@check(hint='formula = "y = x * s,  s = 1 / (1 + exp(-x))"')
def formula(subject: Subject) -> None:
    """The formula is there in plain text."""
    if not subject.component.formula.strip():
        raise Failure(subject.title, "formula: text", repr(subject.component.formula))


@check(hint='gradient_formula = "dx = dy * (s + x s (1 - s))"')
def gradient(subject: Subject) -> None:
    """The derivative is there in plain text."""
    if not subject.component.gradient_formula.strip():
        raise Failure(subject.title, "gradient_formula: text", repr(subject.component.gradient_formula))


@check(hint="ship the .py file, and define the class in it")
def source_code(subject: Subject) -> None:
    """The code of the component can be read."""
    try:
        inspect.getsource(subject.component)
    except (OSError, TypeError) as error:
        raise Failure(subject.title, "the source file", error) from None


@check(hint="take random numbers from the rng that is handed in")
def deterministic(subject: Subject) -> None:
    """Two uses with one seed give the same bytes."""
    for example, use in uses_of(subject):
        with _global_generators(1):
            expected = list(use(example.fresh(), 0))
        with _global_generators(2):
            _raise(example, expected, list(use(example.fresh(), 0)))


@contextlib.contextmanager
def _global_generators(seed: int) -> Iterator[None]:
    """Seed the generators that a component may wrongly take numbers from, and put them back."""
    before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


@check(hint="keep nothing on the instance, on the class or in the module: forward returns what backward needs")
def used_twice(subject: Subject) -> None:
    """One instance in two places gives what two instances give."""
    for number, (example, use) in enumerate(uses_of(subject)):
        first, second = _alone(subject, number, example, use)
        shared = example.fresh()
        _raise(example, [*first, *second], [*use(shared, 0), *use(shared, 1)])
        got_first, got_second = _alternately(use(shared, 0), use(shared, 1))
        _raise(example, [*first, *second], [*got_first, *got_second])


def _alone(subject: Subject, number: int, example: Example, use: Use) -> list[list[Any]]:
    """Return what new components give with two seeds, each used alone; computed once for all checks."""
    name = "alone", number
    if name not in subject.found:
        subject.found[name] = [list(use(example.fresh(), seed)) for seed in (0, 1)]
    results: list[list[Any]] = subject.found[name]
    return results


def _alternately(first: Results, second: Results) -> tuple[list[Any], list[Any]]:
    """Go through both uses in turns: one forward, the other's forward, one backward, the other's backward."""
    results: tuple[list[Any], list[Any]] = ([], [])
    pending = [(first, results[0]), (second, results[1])]
    while pending:
        for use, got in list(pending):
            try:
                got.append(next(use))
            except StopIteration:
                pending.remove((use, got))
    return results


@check(hint="arrays that belong to the instance, the class or the module are shared by all threads")
def two_threads(subject: Subject) -> None:
    """Two threads at once get what each gets alone."""
    for number, (example, use) in enumerate(uses_of(subject)):
        shared = example.fresh()
        expected = _alone(subject, number, example, use)
        got = one_line_each(subject.component, [partial(_results, use, shared, seed) for seed in (0, 1)])
        _raise(example, [*expected[0], *expected[1]], [*got[0], *got[1]])


def _results(use: Use, component: Any, seed: int) -> list[Any]:
    return list(use(component, seed))


def _raise(example: Example, expected: list[Any], got: list[Any]) -> None:
    if len(expected) != len(got):
        raise Failure(example.text, f"{len(expected)} results", f"{len(got)} results")
    failure = first_difference(example.text, expected, got)
    if failure is not None:
        raise failure


@check(hint="return from forward what backward needs; a callback keeps what it has to remember in run.state_of(self)")
def keeps_nothing(subject: Subject) -> None:
    """After it was used, the instance holds its options and nothing else."""
    for example, use in uses_of(subject):
        used = example.fresh()
        before, of_class = _held(used), _kept_by_class(type(used))
        for _ in use(used, 0):
            pass
        for name, text in _kept_by_class(type(used)).items():
            if of_class.get(name, text) != text:
                raise Failure(example.text, f"{name} = {of_class[name]} of the class, as before", text)
        for name, value in _held(used).items():
            # What cached_property keeps is made of the options, and the same whenever it is made.
            if name not in before and not hasattr(type(used), name):
                raise Failure(example.text, "no attribute but the options", f"self.{name} = {value!r}")
            if name in before and value is not before[name]:
                raise Failure(example.text, f"self.{name} = {before[name]!r}, as before", repr(value))


def _held(component: Any) -> dict[str, Any]:
    return dict(vars(component))


def _kept_by_class(component: type) -> dict[str, str]:
    """Return the numbers, lists, dicts, sets and arrays that a class and its bases hold, as text."""
    bases = [base for base in component.__mro__ if not base.__module__.startswith("glassnet.")]
    held = {name: value for base in reversed(bases) for name, value in vars(base).items() if not name.startswith("__")}
    kinds = (int, float, list, dict, set, np.ndarray)
    return {name: repr(value) for name, value in held.items() if isinstance(value, kinds)}
