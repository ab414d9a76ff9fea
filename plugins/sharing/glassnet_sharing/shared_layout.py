"""Where shared parameters are: once in the vector of parameters, and once for each place in that of gradients."""

from __future__ import annotations

import glassnet as gn
from glassnet.model.parameter_vector import ParameterLayout, ParameterSlice


class SharedLayout(ParameterLayout):
    """The slices of a vector, some of which have several places.

    A vector of gradients is longer than one of parameters. Each further place of a parameter has a stretch of its own
    behind the slices, which `add_up` adds to that of the first place.
    """

    def __init__(self, tree: gn.ParameterTree) -> None:
        super().__init__(tree)
        self._repeats: list[tuple[ParameterSlice, slice]] = []
        seen: set[ParameterSlice] = set()
        for slice_ in self.leaves():
            if slice_ in seen:
                stop = self.gradient_size + slice_.parameter.size
                self._repeats.append((slice_, slice(self.gradient_size, stop)))
                self.gradient_size = stop
            seen.add(slice_)

    def gradient_views(self, gradients: gn.Array) -> gn.Arrays:
        """Return views of a vector of `gradient_size`, nested as the layers nest them: one for each place."""
        further = iter(self._repeats)
        views: list[gn.Array] = []
        seen: set[ParameterSlice] = set()
        for slice_ in self.leaves():
            again = slice_ in seen
            views.append(
                gradients[next(further)[1]].reshape(slice_.parameter.shape) if again else slice_.view(gradients)
            )
            seen.add(slice_)
        return self.nested_gradients(iter(views))

    def add_up(self, gradients: gn.Array) -> None:
        """Add the gradients of a parameter's further places to those of its first."""
        for slice_, place in self._repeats:
            gradients[slice_.start : slice_.stop] += gradients[place]
