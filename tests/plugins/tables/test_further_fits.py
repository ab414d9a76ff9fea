"""Rows that are fitted again, rows with weights, and rows whose target is missing."""

import numpy as np
import pandas
import pytest

import glassnet as gn
from glassnet_tables.splits import held_out_rows

RNG = np.random.default_rng(0)
FRAME = pandas.DataFrame({"age": RNG.integers(18, 90, 80), "city": RNG.choice(["Ulm", "Bonn"], 80)})
FRAME = FRAME.assign(buy=np.where(FRAME["age"] > 50, "yes", "no"), rent=np.where(FRAME["age"] > 40, "high", "low"))
LABELS = (FRAME["buy"] == "yes").to_numpy().astype(int)
STILL = "sgd(lr=1e-30)"  # parameters in float32 stay as they are


@pytest.fixture
def net():
    net = gn.Network("dense(4) tanh dense(2) softmax")
    net.fit(FRAME, target="buy", optimizer="adam(lr=0.02)", epochs=5, progress=False)
    return net


def still(net, x=FRAME, y=None, **given):
    return net.fit(x, y, **{"target": None if y is not None else "buy", "optimizer": STILL, "progress": False, **given})


def test_a_further_fit_for_another_target_is_refused(net):
    before = net.flat_parameters.copy()
    with pytest.raises(gn.DataError, match="the network predicts 'buy', and target='rent' is another column; make a"):
        still(net, target="rent")
    with pytest.raises(gn.DataError, match="no column 'by', did you mean 'buy'"):
        still(net, target="by")
    with pytest.raises(gn.DataError, match="has both y and target="):
        still(net, FRAME, FRAME["buy"], target="buy")
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_a_further_fit_has_the_loss_and_the_metrics_of_the_first(net):
    first = gn.Network("dense(4) tanh dense(2) softmax").fit(FRAME, target="buy", progress=False)
    assert list(still(net)) == list(first) == ["loss", "accuracy"]
    assert still(net, optimizer=None)["loss"]


def test_a_further_fit_may_leave_the_target_to_the_network(net):
    assert still(net, target=None)["loss"] == still(net)["loss"]


def test_a_further_fit_takes_weights_by_the_names_of_classes(net):
    named = still(net, class_weight={"yes": 3.0, "no": 1.0})["loss"]
    assert named == still(net, class_weight={1: 3.0, 0: 1.0})["loss"] != still(net)["loss"]


@pytest.mark.parametrize("form", ["frame", "pair", "triple"])
def test_a_further_fit_validates_with_rows(net, form):
    rows, weights = FRAME[:20], np.arange(20.0)
    given = {
        "frame": rows,
        "pair": (rows.drop(columns="buy"), rows["buy"]),
        "triple": (rows.drop(columns="buy"), rows["buy"], weights),
    }
    expected = net.evaluate(rows, sample_weight=weights if form == "triple" else None)["loss"]
    assert still(net, validation=given[form])["val_loss"] == [pytest.approx(expected, rel=1e-9)]
    fresh = gn.Network("dense(4) tanh dense(2) softmax")
    fresh.fit(FRAME, target="buy", optimizer=STILL, validation=given[form], progress=False)
    expected = fresh.evaluate(rows, sample_weight=weights if form == "triple" else None)["loss"]
    assert fresh.history["val_loss"] == [pytest.approx(expected, rel=1e-9)]


def test_each_fit_holds_the_same_rows_out():
    net = gn.Network("dense(4) tanh dense(2) softmax")
    first = still(net, validation=0.25)["val_loss"]
    assert still(net, validation=0.25)["val_loss"] == first != still(net, validation=0.25, seed=1)["val_loss"]


@pytest.mark.parametrize("fits", [1, 2])
def test_weights_of_rows_go_with_their_rows(fits):
    net, weights = gn.Network("dense(4) tanh dense(2) softmax"), np.arange(80.0)
    for _ in range(fits):
        history = still(net, validation=0.25, sample_weight=weights)
    kept, held = held_out_rows(80, 0.25, 0, labels=LABELS)
    for figure, rows in (("loss", kept), ("val_loss", held)):
        expected = net.evaluate(FRAME.iloc[rows], sample_weight=weights[rows])["loss"]
        assert history[figure] == [pytest.approx(expected, rel=1e-6)]


@pytest.mark.parametrize("fits", [1, 2])
@pytest.mark.filterwarnings("ignore:.*has no 'buy'")
def test_weights_of_rows_without_a_target_are_left_out_too(fits):
    net, weights = gn.Network("dense(4) tanh dense(2) softmax"), np.arange(80.0)
    frame = FRAME.assign(buy=FRAME["buy"].where(FRAME.index != 3))
    for _ in range(fits):
        history = still(net, frame, sample_weight=weights)
    expected = net.evaluate(FRAME.drop(index=3), sample_weight=np.delete(weights, 3))["loss"]
    assert history["loss"] == [pytest.approx(expected, rel=1e-6)]


def test_weights_of_another_number_are_refused(net):
    with pytest.raises(gn.ShapeError, match=r"sample_weight has shape \(3,\), and there are 80 rows"):
        still(net, sample_weight=np.ones(3))
