"""Options declared or kept wrongly, and the check that is there for it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import glassnet as gn


class Right(gn.Schedule):
    """All is right, in options of all sorts. Source: by definition."""

    factor: float = gn.option(0.5, gt=0, le=1, help="factor")
    every: int = gn.option(2, ge=1, help="interval")
    mode: str = gn.option("all", choices=("all", "none"), help="when")
    bounds: tuple[float, float] = gn.option((0.0, 1.0), ge=0, help="from and to")
    note: str | None = gn.option(None, help="a note")
    exact: bool = gn.option(True, help="whether to be exact")
    then: gn.Schedule = gn.option("constant", kind="schedule", help="what follows")

    formula = "lr = base_lr factor^(step / every), rounded down if exact"

    def lr(self, step, total_steps, base_lr):
        return base_lr * self.factor ** (step // self.every if self.exact else step / self.every)


def test_right_options_pass(passes):
    assert passes(Right).checks_run >= 20


class NoHelp(Right):
    limit: float = gn.option(1.0)


class Unchecked(gn.Schedule):
    """Takes every value: the declared range is never looked at."""

    factor: float = gn.option(0.5, gt=0, help="factor")
    formula = "lr = base_lr factor"

    def __init__(self, factor=0.5):
        object.__setattr__(self, "factor", factor)

    def lr(self, step, total_steps, base_lr):
        return base_lr * self.factor


class SwallowsUnknownOptions(Right):
    def __init__(self, **named: Any) -> None:
        super().__init__(**{name: value for name, value in named.items() if name in self.known()})

    @classmethod
    def known(cls) -> list[str]:
        return [field.name for field in attrs.fields(cls)]


class ChangesAnOption(Right):
    """Halves its factor once more each time that it is made anew."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "factor", self.factor / 2)


class WritesItselfShort(Right):
    def __repr__(self) -> str:
        return "writes_itself_short"


class WritesWhatCannotBeRead(Right):
    def __repr__(self) -> str:
        return f"<WritesWhatCannotBeRead of {self.factor}>"


class NeedsAnOption(Right):
    """Required, without an example."""

    rate: float = gn.option(gt=0, kw_only=True, help="rate")


class ExampleThatCannotBeMade(Right):
    examples = ("example_that_cannot_be_made(factor=2.0)",)


MISTAKES = [
    (NoHelp, "options_have_help"),
    (Unchecked, "options_are_validated"),
    (SwallowsUnknownOptions, "unknown_options_are_refused"),
    (ChangesAnOption, "spec_round_trip"),
    (WritesItselfShort, "spec_round_trip"),
    (WritesWhatCannotBeRead, "spec_round_trip"),
    (WritesItselfShort, "toml_round_trip"),
    (NeedsAnOption, "examples_can_be_made"),
    (ExampleThatCannotBeMade, "examples_can_be_made"),
]


@pytest.mark.parametrize(("wrong", "check"), MISTAKES, ids=lambda value: getattr(value, "__name__", value))
def test_the_mistake_is_caught_by_its_check(wrong, check, caught):
    caught(wrong, check)


class WritesItselfShortInAModel(gn.Regularizer):
    """A model file forgets the option. Source: by definition."""

    strength: float = gn.option(0.5, ge=0, help="factor")
    formula = "penalty = 0"

    def __repr__(self) -> str:
        return "writes_itself_short_in_a_model"

    def penalty(self, w):
        return 0.0

    def gradient(self, w):
        return 0 * w


def test_an_option_that_a_model_file_loses_is_caught(caught):
    failure = caught(WritesItselfShortInAModel, "model_file_round_trip")

    assert failure.got == "strength=0.5"
    assert failure.expected == "strength=1.5"
