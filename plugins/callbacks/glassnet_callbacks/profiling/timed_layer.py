"""Layers whose forward and backward are timed, those that hold layers down to the last."""

from __future__ import annotations

from typing import Any

import glassnet as gn
from glassnet_callbacks.profiling.profile_row import ProfileRow
from glassnet_callbacks.profiling.watched import WatchedArray
from glassnet_callbacks.profiling.watched_layer import WatchedLayer


class TimedLayer(gn.LayerWrapper):
    """Does what its layer does, and charges the time to its part."""

    part: Any = gn.option(help="where to charge it")
    stopwatch: Any = gn.option(help="what times it")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        self.stopwatch.open(self.part.forward)
        try:
            return super().forward(params, x, ctx)
        finally:
            self.stopwatch.close()

    def backward(
        self, params: gn.Arrays, cache: Any, dy: gn.Array, grads: gn.Arrays, ctx: gn.Context
    ) -> gn.Array | None:
        self.stopwatch.open(self.part.backward)
        try:
            return super().backward(params, cache, dy, grads, ctx)
        finally:
            self.stopwatch.close()


def timed_layer(member: gn.Layer, listed: gn.Layer, place: str, kind_of_array: type[WatchedArray]) -> TimedLayer:
    """Return a layer that does what `member` does, timed; its part is named by place, and has parts for what it holds.

    What `member` holds is found in its options, so those of any author are timed. The names are those of `listed`, what
    the network has at that place: `member` may replace it, and its own layers are then ignored.
    """
    part = ProfileRow(f"{place} {_short(listed)}")
    # Where backward is derived from forward, what is inside has no backward to be timed.
    is_one_part = member.derives_backward or type(member) is not type(listed)
    timed: dict[str, Any] = {}
    for name, value in ({} if is_one_part else gn.layers_held_by(member)).items():
        pairs = zip(_as_tuple(value), _as_tuple(listed.options[name]), strict=True)
        within = [
            timed_layer(*pair, f"{place}.{number}", kind_of_array) for number, pair in enumerate(pairs, len(part.inner))
        ]
        part.inner += [each.part for each in within]
        timed[name] = within if isinstance(value, tuple) else within[0]
    layer = (member.replace(**timed) if timed else member).as_layer()
    return TimedLayer(WatchedLayer(layer, kind_of_array), part, kind_of_array.stopwatch)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _short(member: gn.Layer) -> str:
    """Return a spec without the layers that are shown below it."""
    return member.title() if gn.layers_held_by(member) else repr(member)
