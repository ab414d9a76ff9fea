"""Options: one declaration that validates, documents and is written back."""

from __future__ import annotations

import copy
import enum
import inspect
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import OptionError
from glassnet.options.conversion import annotation_of, type_name
from glassnet.options.declaration import options_of


class Weekday(enum.Enum):
    """A type that specs do not know."""

    MONDAY = 1


class Sample(gn.Activation):
    """Something with an option of every sort."""

    sort: ClassVar[str] = "not an option"
    size: int = gn.option(help="how many")
    rate: float = gn.option(0.5, gt=0, lt=1, help="how fast")
    steps: int = gn.option(3, ge=1, le=9, help="how far")
    mode: str = gn.option("same", choices=("same", "valid"), help="which way")
    pair: tuple[int, int] = gn.option((1, 2), ge=0, help="two at once")
    sizes: tuple[int, ...] = gn.option((), gt=0, help="any number at once")
    limit: float | None = gn.option(None, gt=0, help="how far at most")
    flag: bool = gn.option(False, help="whether at all")
    anything: Any = gn.option(None, help="any value")
    weights: gn.Initializer = gn.option("he_normal", kind="initializer", help="first values")
    penalty: gn.Regularizer | None = gn.option(None, kind="regularizer", help="penalty")
    inner: tuple[gn.Layer, ...] = gn.option(("relu",), kind="layer", many=True, kw_only=True, help="held layers")


def refused(*values, **named):
    with pytest.raises(OptionError) as caught:
        Sample(*values, **named)
    assert isinstance(caught.value, (ValueError, TypeError))
    return str(caught.value)


def test_options_are_given_by_position_or_by_name():
    sample = Sample(4, 0.25, steps=2)
    assert (sample.size, sample.rate, sample.steps, sample.mode) == (4, 0.25, 2, "same")
    assert list(sample.options) == list(options_of(Sample))
    assert "sort" not in sample.options


def test_ints_lists_and_numpy_scalars_become_the_declared_types():
    sample = Sample(np.int64(4), np.float32(0.5), pair=[3, 4], limit=2)
    assert type(sample.size) is int
    assert (sample.rate, type(sample.rate)) == (0.5, float)
    assert sample.pair == (3, 4)
    assert (sample.limit, type(sample.limit)) == (2.0, float)
    assert Sample(1, flag=np.bool_(True)).flag is True


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"rate": -1.0}, "sample: rate must be > 0 and < 1 (got -1.0)"),
        ({"rate": 1.0}, "sample: rate must be > 0 and < 1 (got 1.0)"),
        ({"rate": float("nan")}, "sample: rate must be > 0 and < 1 (got nan)"),
        ({"steps": 0}, "sample: steps must be >= 1 and <= 9 (got 0)"),
        ({"steps": 10}, "sample: steps must be >= 1 and <= 9 (got 10)"),
        ({"steps": 2.0}, "sample: steps must be int (got 2.0)"),
        ({"steps": True}, "sample: steps must be int (got True)"),
        ({"steps": "2"}, "sample: steps must be int (got '2')"),
        ({"mode": "full"}, "sample: mode must be one of 'same', 'valid' (got 'full')"),
        ({"mode": None}, "sample: mode must be str (got None)"),
        ({"pair": (1, 2, 3)}, "sample: pair must be (int, int) (got (1, 2, 3))"),
        ({"pair": (1, -2)}, "sample: pair must be >= 0 (got (1, -2))"),
        ({"pair": "12"}, "sample: pair must be (int, int) (got '12')"),
        ({"sizes": [1, 0]}, "sample: sizes must be > 0 (got [1, 0])"),
        ({"sizes": 3}, "sample: sizes must be (int, …) (got 3)"),
        ({"limit": "far"}, "sample: limit must be float or None (got 'far')"),
        ({"flag": 1}, "sample: flag must be bool (got 1)"),
        ({"rate": True}, "sample: rate must be float (got True)"),
        ({"anything": float("nan")}, "sample: anything must be a number (got nan)"),
        ({"inner": "relu"}, "sample: inner must be a list of layers (got 'relu')"),
    ],
)
def test_a_value_of_the_wrong_type_or_out_of_range_is_refused_in_one_line(named, message):
    assert refused(4, **named) == message


def test_an_unknown_option_is_refused_with_the_nearest_and_all_others():
    assert refused(4, rat=1) == (
        "sample has no option 'rat', did you mean 'rate'? "
        "(its options: size, rate, steps, mode, pair, sizes, limit, flag, anything, weights, penalty, "
        "trainable, lr_scale, freeze, inner)"
    )


def test_a_missing_option_is_named_with_what_it_is():
    assert refused() == "sample needs size: how many"


def test_an_option_given_twice_or_too_many_values_are_refused():
    assert refused(4, size=5) == "sample: size is given twice (4 and 5)"
    assert refused(*range(12)).startswith("sample takes 11 values by position (size, rate, ")
    assert refused(*range(12)).endswith("), got 12; give the rest by name")


def test_a_bare_word_is_text_where_the_option_is_text():
    with gn.registered("activation", "sample", Sample):
        assert gn.create("activation", "sample(4, mode=same)").mode == "same"
        with pytest.raises(OptionError, match="sample: size must be int"):
            gn.create("activation", "sample(many)")
        with pytest.raises(OptionError, match="sample: mode must be str"):
            gn.create("activation", "sample(4, mode=same(1))")


def test_components_are_given_as_names_specs_or_instances():
    l2 = gn.create("regularizer", "l2(0.5)")
    sample = Sample(4, weights="constant(2.0)", penalty=l2, inner=["dense(2)", "tanh"])
    assert repr(sample.weights) == "constant(value=2.0)"
    assert sample.penalty is l2
    assert list(map(repr, sample.inner)) == ["dense(2)", "tanh"]
    assert Sample(4, penalty=None).penalty is None


def test_none_is_no_component_where_it_is_not_the_default():
    with pytest.raises(TypeError, match="expected an initializer"):
        Sample(4, weights=None)


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({}, "sample(4)"),
        ({"rate": 0.5, "weights": "he_normal", "inner": ["relu"]}, "sample(4)"),
        ({"rate": 0.25, "mode": "valid"}, "sample(4, rate=0.25, mode='valid')"),
        ({"pair": (0, 1), "sizes": [5]}, "sample(4, pair=[0, 1], sizes=[5])"),
        ({"limit": float("inf")}, "sample(4, limit=1e999)"),
        ({"anything": 'it\'s "a:b"'}, "sample(4, anything='it\\'s \"a:b\"')"),
        ({"penalty": "l2(0.5)", "inner": ["dense(3)"]}, "sample(4, penalty=l2(strength=0.5), inner=[dense(3)])"),
        ({"inner": []}, "sample(4, inner=[])"),
    ],
)
def test_a_component_is_written_as_the_shortest_spec_that_makes_it_again(named, text):
    with gn.registered("activation", "sample", Sample):
        sample = Sample(4, **named)
        assert repr(sample) == text
        again = gn.create("activation", text)
        assert repr(again) == text
        assert {name: repr(value) for name, value in again.options.items()} == {
            name: repr(value) for name, value in sample.options.items()
        }


def test_a_component_cannot_be_changed_but_replaced():
    sample = Sample(4)
    with pytest.raises(AttributeError):
        sample.rate = 0.1
    other = sample.replace(rate=0.1)
    assert (sample.rate, other.rate, other.size) == (0.5, 0.1, 4)


def test_two_components_are_equal_when_they_are_one():
    assert Sample(4) != Sample(4)
    sample = Sample(4)
    assert sample == sample
    assert len({sample, Sample(4)}) == 2


def test_components_can_be_copied_and_sent_to_another_process():
    sample = Sample(4, rate=0.25, weights="constant(2.0)")
    for again in (copy.deepcopy(sample), pickle.loads(pickle.dumps(sample))):
        assert repr(again) == repr(sample)


def test_a_call_can_be_completed():
    parameters = inspect.signature(Sample).parameters
    assert list(parameters) == list(options_of(Sample))
    assert parameters["inner"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["rate"].default == 0.5
    assert parameters["size"].default is inspect.Parameter.empty


def test_options_are_inherited_and_can_be_declared_anew():
    class Narrow(Sample):
        rate: float = gn.option(0.125, gt=0, le=0.25, help="how fast")
        extra: int = gn.option(7, help="one more")

    assert (Narrow(1).rate, Narrow(1).extra, Narrow(1).steps) == (0.125, 7, 3)
    with pytest.raises(OptionError, match=r"rate must be > 0 and <= 0\.25"):
        Narrow(1, rate=0.5)


def test_an_annotated_setting_without_option_is_refused():
    with pytest.raises(OptionError, match=r"Hasty\.beta is annotated and no option: .*option\(…\), or .*ClassVar"):

        class Hasty(gn.Activation):
            beta: float = 1.0


def test_an_option_may_have_any_name():
    class Odd(gn.Activation):
        values: int = gn.option(1, help="the name of an argument in there")
        cls: int = gn.option(2, help="another")

    odd = Odd(values=3, cls=4)
    assert (odd.values, odd.cls) == (3, 4)


@pytest.mark.parametrize(
    ("name", "words"),
    [("size", "int"), ("pair", "(int, int)"), ("sizes", "(int, …)"), ("limit", "float or None"), ("mode", "str")],
)
def test_types_are_said_in_words(name, words):
    assert type_name(annotation_of(Sample, options_of(Sample)[name])) == words


@pytest.mark.parametrize(
    "annotation", [dict[str, float], Path, Weekday, tuple[Path, ...], Path | None, set[int], bytes, complex, np.ndarray]
)
def test_a_type_that_no_spec_can_write_is_refused(annotation):
    with pytest.raises(gn.OptionError, match="which a spec cannot write; use int"):
        type("Wrong", (gn.Callback,), {"__annotations__": {"v": annotation}, "v": gn.option(help="value")})


def test_a_default_may_be_a_number_of_numpy():
    made = type("Rate", (gn.Callback,), {"__annotations__": {"v": float}, "v": gn.option(np.float64(1.5), help="rate")})

    assert type(made().v) is float
    assert repr(made()) == "rate(v=1.5)"


def test_a_list_of_numbers_is_kept_as_a_tuple():
    made = type("Sizes", (gn.Callback,), {"__annotations__": {"v": list[int]}, "v": gn.option(help="values")})

    assert made([1, 2]).v == (1, 2)
    with pytest.raises(gn.OptionError, match="v must be list of int"):
        made(["a"])
