"""The plot attention: which steps of a sequence each step looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet as gn
from glassnet_divergence.watching import Watching
from glassnet_plots.plot import Numbers, Plot
from glassnet_plots.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_COLUMNS = 4


class Attention(Plot):
    """The attention of each head for one sample: how much each step of the sequence looks at each other one.

    A row sums to 1. Shown is every layer that has a method ``attention_weights(cache)``, which returns
    ``(batch, heads, steps, steps looked at)`` from what its forward keeps.

    Vaswani et al. (2017), Attention Is All You Need, arXiv:1706.03762, figures 3 to 5.
    """

    sample: int = gn.option(0, ge=0, help="which sample of the test data")

    def measure(self, subject: Subject) -> Numbers:
        split = subject.test or subject.train
        if split is None:
            raise gn.OptionError("this plot needs data; give samples: gn.plot('attention', net, x, y)")
        if self.sample >= len(split):
            raise gn.OptionError(f"there is no sample {self.sample}; the data have {len(split):,}, counted from 0")
        found = attention_of(subject.network, split.x[self.sample : self.sample + 1])
        if not found:
            raise gn.OptionError(
                "no layer of the network shows its attention; this plot is for networks with self_attention, or with a "
                "layer that has the method attention_weights(cache)"
            )
        return {"sample": self.sample, "layers": list(found), "weights": [each[0] for each in found.values()]}

    def draw(self, numbers: Numbers, frame: int) -> Figure:
        from glassnet_plots.over_time import draw_scale
        from glassnet_reports.plots import new_figure, style, write_title

        heads = [
            (f"layer {place}, head {head + 1}" if len(weights) > 1 else f"layer {place}", weights[head])
            for place, weights in zip(numbers["layers"], numbers["weights"], strict=True)
            for head in range(len(weights))
        ]
        columns = min(_MOST_COLUMNS, len(heads))
        rows = -(-len(heads) // columns)
        figure = new_figure(2.7 * columns + 1.2, 2.8 * rows + 0.6)
        write_title(figure, f"Attention in sample {numbers['sample']}")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        highest = max(float(weights.max()) for _, weights in heads)
        for panel, (title, weights) in zip(panels, heads, strict=False):
            shown = panel.imshow(weights, cmap="viridis", vmin=0, vmax=highest)
            style(panel, title=title, xlabel="step looked at", ylabel="step")
        for panel in panels[len(heads) :]:
            panel.set_axis_off()
        draw_scale(figure, shown, list(panels), "attention (a row sums to 1)", shrink=0.8)
        return figure


def attention_of(network: gn.Network, x: gn.Array) -> dict[str, gn.Array]:
    """Return the attention weights of each layer that shows them, ``(batch, heads, steps, steps)``, by place."""
    found: dict[str, gn.Array] = {}

    def watch(layer: gn.Layer, member: gn.Layer, place: str) -> gn.Layer:
        shows = hasattr(member, "attention_weights")
        return _WatchedLayer(layer, member=member, place=place, found=found) if shows else layer

    watching = Watching(watch)
    sequence = gn.LayerSequence([watching(layer, 0) for layer in network.layers])
    with network.workspace(training=False) as ctx:
        sequence.forward(network.parameter_views, np.asarray(x, network.dtype) if x.dtype.kind == "f" else x, ctx)
    return found


class _WatchedLayer(gn.LayerWrapper):
    """Does what its layer does, and notes the attention."""

    member: Any = gn.option(help="the layer as it is listed")
    place: str = gn.option(help="where it stands")
    found: Any = gn.option(help="a dictionary that gets the attention")

    def forward(self, params: gn.Arrays, x: gn.Array, ctx: gn.Context) -> tuple[gn.Array, Any]:
        y, cache = self.layer.forward(params, x, ctx)
        self.found[self.place] = np.array(self.member.attention_weights(cache))
        return y, cache
