"""What holds for every initializer."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from glassnet.components.parameter import Initializer, Parameter
from glassnet.types import Shape
from glassnet_testing.runner.check import Failure, check
from glassnet_testing.runner.counting import compare_options, with_other_options
from glassnet_testing.runner.subject import Subject
from glassnet_testing.tools.compare import same_bytes

_SHAPES: tuple[Shape, ...] = ((1, 1), (4,), (3, 5), (2, 3, 4, 5))
_MANY = 200
# Wide and narrow: a formula that takes one fan for the other is right for a square.
_LARGE: tuple[Shape, ...] = ((300, 100), (50, 400), (3, 3, 40, 60))

_AT_OTHER_OPTIONS: Shape = (40, 30)


def use(initializer: Initializer, seed: int) -> Iterator[Any]:
    """Use an initializer once for each shape."""
    for shape in _SHAPES:
        yield np.copy(_sample(initializer, shape, seed))


def _sample(initializer: Initializer, shape: Shape, seed: int) -> Any:
    return initializer.sample(shape, *Parameter(shape).fans, np.random.default_rng(seed))


def _told(initializer: Initializer, shape: Shape) -> str:
    fan_in, fan_out = Parameter(shape).fans
    return f"{initializer!r}, shape {shape}, fan_in {fan_in}, fan_out {fan_out}"


@check(hint="take the option out, or use it: self.scale", applies=lambda subject: bool(subject.options))
def each_option_counts(subject: Subject) -> None:
    """Each option changes the values at some setting."""

    def computed(initializer: Initializer) -> list[Any]:
        return [np.array(_sample(initializer, shape, 0)) for shape in (*_SHAPES, (8, 8))]

    compare_options([example.component for example in subject.examples], computed)


@check(hint="return an array of `shape`")
def shapes(subject: Subject) -> None:
    """The sample has the shape that is asked for, of finite numbers."""
    for example in subject.examples:
        for shape in _SHAPES:
            got = _sample(example.component, shape, 0)
            if np.shape(got) != shape:
                raise Failure(_told(example.component, shape), f"shape {shape}", f"shape {np.shape(got)}")
            if not np.isfinite(got).all():
                raise Failure(_told(example.component, shape), "finite numbers", got)


@check(hint="variance 2 / (fan_in + fan_out) is Glorot's, 2 / fan_in He's; uniform in -a..a has variance a^2 / 3")
def moments_are_as_declared(subject: Subject) -> None:
    """Samples have the mean and the variance that moments() declares, at other options too."""
    for example in subject.examples:
        for shape in _LARGE:
            _compare_moments(example.component, shape)
        for _, initializer in with_other_options(example.component):
            _compare_moments(initializer, _AT_OTHER_OPTIONS)


def _compare_moments(initializer: Initializer, shape: Shape) -> None:
    declared_mean, declared_variance = initializer.moments(shape, *Parameter(shape).fans)
    values = np.asarray(_sample(initializer, shape, 1), np.float64).reshape(-1)
    mean, variance = float(values.mean()), float(values.var())
    # Five standard errors: one sample in millions is further off by chance.
    deviation = math.sqrt(declared_variance)
    # Elements may depend on each other: then the means of several samples tell how far they scatter.
    scatter, scatter_of_variance = _scatter(initializer, shape)
    mean_error = 5 * max(deviation / math.sqrt(values.size), scatter) + 1e-9 * (abs(declared_mean) + 1e-9)
    fourth = float(np.mean((values - mean) ** 4))
    independent = math.sqrt(max(fourth - variance**2, 0.0) / values.size)
    variance_error = 5 * max(independent, scatter_of_variance) + 1e-6 * declared_variance
    if not abs(mean - declared_mean) <= mean_error:
        raise Failure(_told(initializer, shape), f"mean {declared_mean:.6g} ± {mean_error:.2g}", mean)
    if not abs(variance - declared_variance) <= variance_error + 1e-15:
        expected = f"variance {declared_variance:.6g} ± {variance_error:.2g}"
        raise Failure(_told(initializer, shape), expected, variance)


@check(hint="each element has its part in the variance; look for a row or column that is left out")
def moments_of_small_shapes(subject: Subject) -> None:
    """Many samples of a small shape have the declared mean and variance too, to a tenth."""
    for example in subject.examples:
        shape = (3, 5)
        mean, variance = example.component.moments(shape, *Parameter(shape).fans)
        samples = np.array([_sample(example.component, shape, seed) for seed in range(_MANY)], np.float64)
        # Far more than a standard error, and less than one column of five has.
        squares = np.square(samples - mean).reshape(_MANY, -1).mean(axis=1)
        allowed = 0.1 * variance + 5 * float(squares.std()) / math.sqrt(_MANY) + 1e-15
        if not abs(float(squares.mean()) - variance) <= allowed:
            told = f"{_MANY} samples of {_told(example.component, shape)}"
            raise Failure(told, f"variance {variance:.6g} ± {allowed:.2g}", float(squares.mean()))


def _scatter(initializer: Initializer, shape: Shape) -> tuple[float, float]:
    """Return the standard deviations, over samples, of their mean and of their variance."""
    samples = [np.asarray(_sample(initializer, shape, seed), np.float64) for seed in range(2, 8)]
    return float(np.std([each.mean() for each in samples])), float(np.std([each.var() for each in samples]))


# Names in the code of a class that draws random numbers.
_DRAWING = frozenset({"default_rng", "RandomState", "Generator", "random", "randn", "rand", "seed"})


def _varies(initializer: Initializer) -> bool:
    """Tell whether samples are to differ: not if they are all the same by declaration, or follow a formula."""
    if not initializer.moments((3, 5), 3, 5)[1] > 0:
        return False
    rng = np.random.default_rng(0)
    before = repr(rng.bit_generator.state)
    initializer.sample((3, 5), 3, 5, rng)
    return repr(rng.bit_generator.state) != before or bool(_DRAWING & _names_in(type(initializer)))


def _names_in(component: type) -> set[str]:
    held = (item for base in component.__mro__ for item in vars(base).items())
    methods = [value for name, value in held if inspect.isfunction(value) and name != "moments"]
    return {name for method in methods for name in method.__code__.co_names}


@check(
    hint="draw from the rng that is handed in",
    applies=lambda subject: any(_varies(example.component) for example in subject.examples),
)
def another_seed_gives_other_values(subject: Subject) -> None:
    """Another seed gives other values, unless they are all the same."""
    for example in subject.examples:
        first, second = (_sample(example.component, (3, 5), seed) for seed in (0, 1))
        if _varies(example.component) and same_bytes(first, second):
            raise Failure(_told(example.component, (3, 5)), "other values for seed 1 than for seed 0", second)
