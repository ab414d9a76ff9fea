"""scikit-learn's ``MLPClassifier``, an epoch with one call of ``partial_fit``.

It cannot be given an order, so it gets all samples in that order, gathered at once while the clock runs, and cuts its
batches from them without shuffling. It computes in float32, without the penalty that it has by default.
"""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.cases import Case, Dense, Samples, Weights
from benchmarks.peers.peer import Peer


class ScikitLearn(Peer):
    """scikit-learn with its Adam."""

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        hidden = [layer.units for layer in case.layers if isinstance(layer, Dense)][:-1]
        self.model = MLPClassifier(
            hidden,
            activation="tanh" if "tanh" in case.layers else "relu",
            alpha=0,
            batch_size=case.batch,
            shuffle=False,
        )
        self.y = samples.y.reshape(-1)
        few = slice(0, case.batch)
        self.model.partial_fit(samples.x[few], self.y[few], classes=np.unique(self.y))

    @classmethod
    def why_not(cls, case: Case) -> str | None:
        return "it has no convolution" if case.is_convolutional else None

    def start(self) -> None:
        self.model.coefs_ = [weights.copy() for weights, _ in self.weights]
        self.model.intercepts_ = [bias.copy() for _, bias in self.weights]
        del self.model._optimizer  # there is no public way; partial_fit makes a new one

    def epoch(self, order: np.ndarray) -> None:
        self.model.partial_fit(self.samples.x[order], self.y[order])

    def outputs(self, x: np.ndarray) -> np.ndarray:
        probabilities = self.model.predict_proba(x)
        return probabilities[:, 1:] if self.case.output == "sigmoid" else probabilities
