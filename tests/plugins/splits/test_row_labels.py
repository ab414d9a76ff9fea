"""Samples and targets of pandas are matched by place: the same labels in another order are warned of."""

import warnings

import numpy as np
import pandas
import pytest

import glassnet as gn

FRAME = pandas.DataFrame({"a": np.linspace(0, 1, 20), "b": np.linspace(1, 0, 20) ** 2})
TARGET = FRAME["a"] + FRAME["b"]
OTHER_ORDER = TARGET.sample(frac=1, random_state=0)
FIT = {"loss": "mse", "optimizer": "adam", "progress": False}
MESSAGE = (
    r"the rows of x and y have the same index in another order, .* y = y.loc\[x.index\], "
    r"or, if their places are right, give y.to_numpy\(\)"
)


def trained():
    net = gn.Network("dense(1)")
    net.fit(FRAME, TARGET, **FIT)
    return net


USES = {
    "fit": lambda y: gn.Network("dense(1)").fit(FRAME, y, **FIT),
    "fit again": lambda y: trained().fit(FRAME, y, **FIT),
    "evaluate": lambda y: trained().evaluate(FRAME, y),
    "validation": lambda y: gn.Network("dense(1)").fit(FRAME, TARGET, validation=(FRAME, y), **FIT),
    "split": lambda y: gn.Split(FRAME, y),
}


@pytest.mark.parametrize("use", USES)
def test_targets_in_another_order_are_warned_of_once(use):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        USES[use](OTHER_ORDER)
    assert sum("in another order" in str(each.message) for each in caught) == 1


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    "y",
    [TARGET, TARGET.to_numpy(), OTHER_ORDER.loc[FRAME.index], OTHER_ORDER.reset_index(drop=True), list(TARGET)],
    ids=["series", "array", "sorted", "numbered", "list"],
)
def test_other_targets_are_not(use, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        USES[use](y)


def test_labels_of_other_rows_are_not_compared():
    y = TARGET.set_axis(range(100, 120))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gn.Split(FRAME, y)
    with pytest.warns(gn.GlassnetWarning, match=MESSAGE):
        gn.Split(FRAME, y.set_axis(range(19, -1, -1)))


def test_labels_that_occur_twice_are_not_compared():
    for index in (np.zeros(20, int), np.arange(20) // 2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            gn.Split(FRAME, TARGET.set_axis(index))


def test_rows_that_got_a_new_index_need_not_be_sorted():
    shuffled = FRAME.sample(frac=1, random_state=0)
    x, y = shuffled.reset_index(drop=True), TARGET.loc[shuffled.index]
    with pytest.warns(gn.GlassnetWarning, match=MESSAGE):
        gn.Split(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gn.Split(x, y.to_numpy())


def test_weights_in_another_order_are_warned_of():
    weights = pandas.Series(np.linspace(1, 2, 20))
    mixed = weights.sample(frac=1, random_state=0)
    uses = (
        lambda given: gn.Network("dense(1)").fit(FRAME, TARGET, **FIT, sample_weight=given),
        lambda given: gn.Network("dense(1)").build(2).evaluate(FRAME, TARGET, loss="mse", sample_weight=given),
        lambda given: gn.Split(FRAME, TARGET, given),
        lambda given: gn.Network("dense(1)").fit(FRAME, TARGET, **FIT, validation=(FRAME, TARGET, given)),
    )
    for use in uses:
        with pytest.warns(gn.GlassnetWarning, match=r"rows of x and .*weights? have the same index in another order"):
            use(mixed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            use(weights)
            use(mixed.to_numpy())
