"""Weights of samples that cannot be used are refused, by splits and by fit."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_splits.weights import check_total, check_weights

UNUSABLE = [
    ([1.0, -0.5], "weights must be finite and >= 0 (got -0.5 to 1.0)"),
    ([1.0, np.nan], "weights must be finite and >= 0 (got nan to nan)"),
    ([1e308, 1e308], "weights are too large: their sum is inf (the largest is 1e+308); scale them down"),
]


@pytest.mark.parametrize("weights", [[0.0, 2.0], [0.0, 0.0], [1, 3]])
def test_weights_from_zero_on_are_taken(weights):
    check_weights(np.array(weights))


@pytest.mark.parametrize(("weights", "told"), UNUSABLE)
def test_a_message_says_what_is_wrong_with_weights(weights, told):
    for refuse in (check_weights, lambda given: check_total(given, "")):
        with pytest.raises(gn.DataError) as caught:
            refuse(np.array(weights))
        assert str(caught.value) == told


def test_weights_that_are_all_zero_count_no_sample():
    with pytest.raises(gn.DataError, match="all validation weights are 0, so no sample counts"):
        check_total(np.zeros(2), "validation ")


@pytest.mark.parametrize("weights", [[1.0, -0.5], [0.0, 0.0]])
def test_fit_checks_the_weights_of_samples(weights):
    x = np.ones((2, 1))
    with pytest.raises(gn.DataError, match="weights"):
        gn.Network("dense(1)").fit(x, x, loss="mse", optimizer="sgd", sample_weight=weights)
