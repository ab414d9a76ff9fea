"""Ranks that were given different things are told so before the first step, on all ranks."""

import numpy as np
import pytest

import glassnet as gn

X = np.random.default_rng(0).normal(size=(24, 3))
Y = (X[:, 0] > 0).astype(np.int64)


@pytest.mark.parametrize(
    ("differently", "told"),
    [
        ({"x": X + 1}, "rank 1 has another x than rank 0"),
        ({"y": 1 - Y}, "rank 1 has another y than rank 0"),
        ({"x": X[:20], "y": Y[:20]}, "rank 1 has samples=20 and rank 0 24"),
        ({"sample_weight": np.arange(24.0)}, "rank 1 has another sample_weight than rank 0"),
        ({"class_weight": {0: 1.0, 1: 2.0}}, "rank 1 has another class_weight than rank 0"),
        ({"validation": (X, Y)}, "rank 1 has another validation than rank 0"),
        ({"distributed": "float16"}, "rank 1 has compression='float16' and rank 0 None"),
        ({"seed": 3}, "rank 1 has seed=3 and rank 0 0"),
        ({"optimizer": "sgd(lr=0.5)"}, r"rank 1 has optimizer='sgd\(lr=0.5\)' and rank 0 'sgd'"),
        ({"epochs": 2}, "rank 1 has epochs=2 and rank 0 1"),
        ({"metrics": ["accuracy"]}, r"rank 1 has metrics=\['accuracy'\] and rank 0 \[\]"),
    ],
)
def test_all_ranks_have_to_be_given_the_same(share, differently, told):
    def work(ranks):
        given = {"x": X, "y": Y, "loss": "cce", "optimizer": "sgd", "batch_size": 4, "distributed": True}
        given |= differently if ranks.rank == 1 else {}
        with pytest.raises(gn.OptionError, match=f"{told}; give all ranks the same"):
            gn.Network("dense(2) softmax").fit(**given, progress=False)
        return True

    assert share(3, work) == [True] * 3


def test_another_version_of_a_rank_is_told(share, monkeypatch):
    from glassnet_distributed import likeness

    numbers = iter(["2.4.6", "2.4.5"])
    monkeypatch.setattr(likeness, "version", lambda name: next(numbers))

    def work(ranks):
        with pytest.raises(gn.OptionError, match=r"rank 1 has numpy=.2\.4\.[56]. and rank 0 .2\.4\.[56]."):
            gn.Network("dense(2) softmax").fit(X, Y, loss="cce", optimizer="sgd", distributed=True, progress=False)
        return True

    assert share(2, work) == [True, True]
