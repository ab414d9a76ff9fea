"""Samples of several requests, computed as one batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

import glassnet as gn


def outputs_for(network: gn.Network, asked: Sequence[gn.Array], most: int) -> list[gn.Array | gn.GlassnetError]:
    """Return the outputs for the samples of each request, or the error that it gets.

    Parameters
    ----------
    network
        The network.
    asked
        The samples of each request, ``(rows, *input_shape)``.
    most
        The largest number of rows that are joined. With 1, each request is computed by itself.
    """
    found: list[gn.Array | gn.GlassnetError] = []
    for group in _groups(asked, most):
        found += _of_group(network, group)
    return found


def _groups(asked: Sequence[gn.Array], most: int) -> Iterator[list[gn.Array]]:
    """Yield neighbours of the same element type with at most `most` rows together; one alone may have more."""
    group: list[gn.Array] = []
    for samples in asked:
        if group and (samples.dtype != group[0].dtype or sum(map(len, group)) + len(samples) > most):
            yield group
            group = []
        group.append(samples)
    if group:
        yield group


def _of_group(network: gn.Network, group: list[gn.Array]) -> list[gn.Array | gn.GlassnetError]:
    if len(group) == 1:
        try:
            return [network.predict(group[0])]
        except gn.GlassnetError as error:
            return [error]
    try:
        outputs = network.predict(np.concatenate(group))
    except gn.GlassnetError:  # of one of them: the others are answered
        return [each for samples in group for each in _of_group(network, [samples])]
    return [*np.split(outputs, np.cumsum([len(samples) for samples in group])[:-1])]
