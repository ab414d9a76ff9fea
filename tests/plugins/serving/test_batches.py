"""Requests that wait at the same time are computed together, if that is asked for."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.saved_run import Saved
from glassnet_serving.batches import outputs_for
from glassnet_serving.limits import Limits, RefusedError
from glassnet_serving.predictor import Content, Predictor


@pytest.fixture
def network():
    """A network whose only layer doubles, and that notes the sizes of its batches."""
    made = gn.Network("dense(1)")
    made.build((1,), seed=0)
    made.parameters["0.weights"] = [[2.0]]
    made.parameters["0.bias"] = [0.0]
    return made


@pytest.fixture
def sizes(network, monkeypatch):
    found, predict = [], type(network).predict

    def counted(self, x, **options):
        found.append(len(x))
        return predict(self, x, **options)

    monkeypatch.setattr(type(network), "predict", counted)
    return found


def rows(*values):
    return np.array(values, np.float32)[:, None]


@pytest.mark.parametrize(("most", "expected"), [(1, [2, 1, 3, 1]), (3, [3, 3, 1]), (6, [6, 1]), (100, [7])])
def test_rows_are_joined_up_to_the_limit_and_each_request_gets_its_own(network, sizes, most, expected):
    asked = [rows(1, 2), rows(3), rows(4, 5, 6), rows(7)]
    found = outputs_for(network, asked, most)
    assert sizes == expected
    assert [each.ravel().tolist() for each in found] == [[2, 4], [6], [8, 10, 12], [14]]


def test_one_bad_request_leaves_its_neighbours_answered(network):
    first, bad, last = outputs_for(network, [rows(1), rows(np.nan), rows(3)], 100)
    assert (first.item(), last.item()) == (2, 6)
    assert isinstance(bad, gn.DataError)


def test_numbers_of_different_types_are_not_joined(network, sizes):
    outputs_for(network, [rows(1), rows(2).astype(np.float64), rows(3).astype(np.float64)], 100)
    assert sizes == [1, 2]


def test_requests_that_wait_are_taken_in_one_turn(network, sizes):
    predictor = Predictor(Saved(Path("model"), network), Limits(batch_rows=100))

    async def ask_all():
        contents = [Content("application/json", json.dumps({"rows": [[value]]}).encode()) for value in range(5)]
        contents.insert(2, Content("application/json", b"{"))
        return await asyncio.gather(*map(predictor.answer, contents), return_exceptions=True)

    answers = asyncio.run(ask_all())
    assert isinstance(answers.pop(2), RefusedError)
    assert [json.loads(answer)["predictions"][0]["values"] for answer in answers] == [[2 * value] for value in range(5)]
    assert sizes == [5]
