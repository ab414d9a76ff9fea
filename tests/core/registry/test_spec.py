"""Specs: what can be written, what is refused, and that nothing of it is ever run."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

import glassnet as gn
from glassnet.components.component import literal
from glassnet.errors import SpecError
from glassnet.registry.spec import Spec, parse, split_specs


@pytest.mark.parametrize(
    ("text", "name", "values", "named"),
    [
        ("relu", "relu", (), {}),
        ("relu()", "relu", (), {}),
        ("  dense( 128 )  ", "dense", (128,), {}),
        ("adam(lr=0.001, beta1=-.5)", "adam", (), {"lr": 0.001, "beta1": -0.5}),
        ("conv2d(8, (3, 3), padding='same')", "conv2d", (8, [3, 3]), {"padding": "same"}),
        ('a(True, None, [1, [2]], "it\'s", b=-1e999)', "a", (True, None, [1, [2]], "it's"), {"b": float("-inf")}),
        ("glassnet-swish:swish(2)", "glassnet-swish:swish", (2,), {}),
        ("Glassnet.Swish_2:swish", "Glassnet.Swish_2:swish", (), {}),
        ("mnist(folder='C:data/x', note=\"a:b\")", "mnist", (), {"folder": "C:data/x", "note": "a:b"}),
        (r"mnist('it\'s \"a:b\"')", "mnist", ('it\'s "a:b"',), {}),
        (r"""mnist('\'"a:b')""", "mnist", ("'\"a:b",), {}),
        (r"""mnist("\"'a:b")""", "mnist", ("\"'a:b",), {}),
    ],
)
def test_a_spec_is_a_name_with_values_and_named_values(text, name, values, named):
    assert parse(text) == Spec(name, values, named)


def test_specs_hold_specs_and_lists_of_specs_qualified_or_not():
    spec = parse("residual([dense(64, regularizer=l2(1e-4)), a-b:relu], weights=glassnet:he_normal)")
    dense = Spec("dense", (64,), {"regularizer": Spec("l2", (1e-4,))})
    assert spec == Spec("residual", ([dense, Spec("a-b:relu")],), {"weights": Spec("glassnet:he_normal")})


@pytest.mark.parametrize(
    "text",
    [
        "dense(__import__('os').remove('x'))",
        "dense(print('x'))()",
        "(lambda: 1)()",
        "dense([n for n in range(3)])",
        "dense(f'{1}')",
        "dense(os.path)",
        "dense(*[1])",
        "dense(**{'units': 1})",
        "dense(1 + x)",
        "dense(1 if x else 2)",
        "dense(x := 1)",
        "a.b",
        "a:b:c",
        "a[0]",
        "__import__",
        "_private(1)",
        "dense(_private)",
        "_0(x=a:b)",
        "dense(_0, x=a:b)",
        "___0(x=a:b, y=__0)",
        "",
        "   ",
        "12",
        "'relu'",
        "dense(128",
        "dense 128",
        "dense(128); relu",
        "dense(128)\nrelu",
        "de nse",
        "relu # comment\n\x00",
        "my-act",
        "dense(" + "[" * 300 + "]" * 300 + ")",
        "dense(" + "-" * 100_000 + "1)",
        "a(" * 150 + "1" + ")" * 150 + "(",
        "dense(" + "9" * 5000 + ")",
    ],
)
def test_whatever_else_is_written_is_refused_in_one_line(text):
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


def test_what_is_no_literal_is_named_as_it_was_written():
    with pytest.raises(SpecError, match=r"'glassnet-swish:swish\.beta' in the spec .* is not a literal"):
        parse("dense(glassnet-swish:swish.beta)")


def test_an_option_given_twice_is_refused():
    with pytest.raises(SpecError, match="'lr' twice"):
        parse("adam(lr=1, lr=2)")


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)


def as_lists(value):
    return [as_lists(each) for each in value] if isinstance(value, tuple) else value


@given(st.lists(LITERALS, max_size=4))
def test_every_literal_comes_back_as_it_was_written(values):
    spec = parse(f"a({', '.join(map(literal, values))})")
    assert spec.values == tuple(as_lists(value) for value in values)


@given(st.text(alphabet="abz_19(),.:=[]{}'\"\\- \t#@*+\n"))
def test_no_text_does_anything_but_give_a_spec_or_an_error(text):
    with suppress(SpecError):
        assert isinstance(parse(text), Spec)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("flatten dense(128, bias=False)  relu\n", ["flatten", "dense(128, bias=False)", "relu"]),
        ("a('b c', \"d ) e\") f", ["a('b c', \"d ) e\")", "f"]),
        (r"a('it\'s b') c", [r"a('it\'s b')", "c"]),
        ("residual([dense(1), relu]) softmax", ["residual([dense(1), relu])", "softmax"]),
        ("", []),
        ("a(b c", ["a(b c"]),
    ],
)
def test_layers_are_split_at_the_spaces_between_them(text, parts):
    assert split_specs(text) == parts


def test_options_by_name_only_stand_behind_those_by_position():
    layer = gn.layers.dense(3, trainable=False, bias=False)
    assert repr(layer) == "dense(3, bias=False, trainable=False)"
    assert gn.create("layer", repr(layer)).options == layer.options


@pytest.mark.parametrize(
    "text",
    [
        "_" * 100_000,
        "a-" * 50_000,
        "a:" * 50_000,
        '"' + '\\"' * 50_000,
        '"' + '\\"' * 50_000 + "\\",
        "f(" + "a:b," * 20_000 + "1 + x)",
        "f(" * 5_000,
        "f(" + "1+" * 20_000 + "1)",
        "a " * 50_000,
        "f\x00",
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_long_spec_that_cannot_be_read_is_refused_in_a_short_message(text):
    with pytest.raises(SpecError) as raised:
        parse(text)
    assert len(str(raised.value)) <= 1000


def test_brackets_within_text_do_not_count_as_nesting():
    assert parse(f"csv({'(' * 500!r})").values == ("(" * 500,)
