"""The floor: the matrix products of a training step in NumPy, and nothing else."""

from __future__ import annotations

import numpy as np

from benchmarks.cases import Case, Convolution, Dense, Samples, Weights
from benchmarks.peers.peer import Peer
from glassnet_accelerators.numpy_only.matmul import multiply_by_threads
from glassnet_parallel.blas_threads import one_blas_thread

Product = tuple[np.ndarray, np.ndarray, np.ndarray]


class MatrixProducts(Peer):
    """For each layer ``x W``, ``x^T dy`` and, but for the first layer, ``dy W^T``. It learns nothing.

    A convolution counts as the products of its columns: one row a place in an image, one column a weight. They are
    shared between threads as glassnet shares them.
    """

    def __init__(self, case: Case, samples: Samples, weights: Weights) -> None:
        super().__init__(case, samples, weights)
        self.products = [product for shape in _shapes(case, weights) for product in _products(*shape)]
        del self.products[2]  # the first layer's input needs no gradient

    def start(self) -> None:
        """Nothing is trained, so nothing is to go back to."""

    def epoch(self, order: np.ndarray) -> None:
        with one_blas_thread:
            for _ in range(self.case.steps):
                for a, b, out in self.products:
                    multiply_by_threads((a, b, out))

    def outputs(self, x: np.ndarray) -> None:
        return None


def _shapes(case: Case, weights: Weights) -> list[tuple[int, int, int]]:
    """Return rows, inputs and outputs of each layer's product."""
    shapes = []
    unused = iter(weights)
    height, width = case.input_shape[:2] if case.is_convolutional else (1, 1)
    for layer in case.layers:
        match layer:
            case Dense(units):
                shapes.append((case.batch, len(next(unused)[0]), units))
            case Convolution(filters):
                height, width = height - 2, width - 2
                kernel = next(unused)[0]
                shapes.append((case.batch * height * width, kernel[..., 0].size, filters))
            case "max_pool":
                height, width = height // 2, width // 2
    return shapes


def _products(rows: int, inputs: int, outputs: int) -> list[Product]:
    x, w, dy = (np.ones(shape, np.float32) for shape in ((rows, inputs), (inputs, outputs), (rows, outputs)))
    return [(x, w, np.empty_like(dy)), (x.T, dy, np.empty_like(w)), (dy, w.T, np.empty_like(x))]
