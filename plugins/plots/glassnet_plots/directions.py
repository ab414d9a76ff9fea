"""Directions in the space of a network's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

import glassnet as gn

if TYPE_CHECKING:
    from glassnet_plots.recording.recording import Recording


@attrs.frozen(eq=False)
class Directions:
    """Two directions from the trained parameters.

    Attributes
    ----------
    center, across, up
        Vectors of parameters.
    across_range, up_range
        From where to where they are followed.
    labels
        What to write at the two axes.
    trajectory
        The places of a training in the plane, ``(snapshots, 2)``, or None.
    """

    center: gn.Array
    across: gn.Array
    up: gn.Array
    across_range: tuple[float, float]
    up_range: tuple[float, float]
    labels: tuple[str, str]
    trajectory: gn.Array | None = None

    def at(self, x: float, y: float) -> gn.Array:
        """Return the parameters at a place of the plane."""
        return self.center + x * self.across + y * self.up


def filter_normalized(network: gn.Network, rng: np.random.Generator, reach: float) -> Directions:
    """Return two random directions, normalized by filter: Li et al. (2018), section 4."""
    center = network.flat_parameters.astype(np.float64)
    across, up = (_normalized(network, center, rng) for _ in range(2))
    ends = (-reach, reach)
    labels = ("first random direction, in lengths of the weights", "second random direction")
    return Directions(center, across, up, ends, ends, labels)


def _normalized(network: gn.Network, center: gn.Array, rng: np.random.Generator) -> gn.Array:
    direction = rng.normal(size=center.shape)
    for slice_ in network.layout.slices:
        drawn, weights = slice_.view(direction), slice_.view(center)
        if slice_.parameter.is_bias or weights.ndim < 2:
            drawn[...] = 0
            continue
        within = tuple(range(weights.ndim - 1))
        lengths = np.linalg.norm(drawn.reshape(-1, drawn.shape[-1]), axis=0)
        drawn *= np.linalg.norm(weights.reshape(-1, weights.shape[-1]), axis=0) / np.maximum(lengths, 1e-30)
        assert drawn.shape[: len(within)] == weights.shape[:-1]
    return direction


def along_trajectory(network: gn.Network, recording: Recording) -> Directions:
    """Return the two directions in which a training moved most: Li et al. (2018), section 7.

    They are the first right singular vectors of the snapshots' differences from the trained parameters.

    Raises
    ------
    OptionError
        If the recording has fewer than three snapshots.
    """
    snapshots = recording.snapshots.values
    if len(snapshots) < 3:
        raise gn.OptionError(
            f"a trajectory needs three snapshots, and the recording has {len(snapshots)}; record a longer training, or "
            "give record(megabytes=…) more room for a large network"
        )
    center = network.flat_parameters.astype(np.float64)
    moved = np.array([each.parameters for each in snapshots], np.float64) - center
    _, sizes, directions = np.linalg.svd(moved, full_matrices=False)
    way = moved @ directions[:2].T
    shares = sizes**2 / max(float(np.sum(sizes**2)), 1e-30)
    labels = [
        f"{name} direction of the training ({share:.0%} of its way)"
        for name, share in zip(("first", "second"), shares, strict=False)
    ]
    first, second = (_around(way[:, axis]) for axis in (0, 1))
    return Directions(center, directions[0], directions[1], first, second, (labels[0], labels[1]), way)


def _around(places: gn.Array) -> tuple[float, float]:
    """Return the ends of a stretch that is a quarter longer on each side than places and 0."""
    low, high = min(0.0, float(places.min())), max(0.0, float(places.max()))
    margin = 0.25 * max(high - low, 1e-6)
    return low - margin, high + margin
