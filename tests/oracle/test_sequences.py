"""lstm, gru, self_attention and embedding beside values that PyTorch gave; see make_values/sequences.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

VALUES = Path(__file__).parent / "values"
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def case(layer: str, name: str) -> dict[str, gn.Array]:
    with np.load(VALUES / f"{layer}.npz") as values:
        return {key.split("/")[1]: values[key] for key in values.files if key.startswith(f"{name}/")}


def compare(spec: str, theirs: dict[str, gn.Array], layout: dict[str, gn.Array], dtype: str) -> None:
    """Run the layer on the values in `theirs`; `layout` has their parameters and ``d`` gradients under our names."""
    x = theirs["x"].astype(dtype) if theirs["x"].dtype.kind == "f" else theirs["x"]
    network = gn.Network([spec]).build(x.shape[1:], dtype=dtype)
    for name, array in network.parameters.items():
        array[:] = layout[name.removeprefix("0.")]
    with network.workspace(training=True) as ctx:
        ctx.needs_input_grad = "dx" in theirs
        network.gradients[:] = np.nan
        y, caches = network.sequence.forward(network.parameter_views, x, ctx)
        dy = theirs["dy"].astype(dtype)
        dx = network.sequence.backward(network.parameter_views, caches, dy, network.gradient_views, ctx)
    named = network.layout.named(network.gradients)
    assert len(layout) == 2 * len(named)
    pairs = [(y, theirs["y"])] + [(named[name], layout[f"d {name.removeprefix('0.')}"]) for name in named]
    if "dx" in theirs:
        pairs.append((dx, theirs["dx"]))
    for ours, expected in pairs:
        assert (ours.dtype, ours.shape) == (np.dtype(dtype), expected.shape)
        assert np.abs(ours - expected).max() <= TOLERANCE[dtype] * np.abs(expected).max()


@dtypes
@pytest.mark.parametrize("padded", ["", ", padded"])
@pytest.mark.parametrize("shown", ["last", "sequences"])
def test_lstm(shown: str, padded: str, dtype: str) -> None:
    theirs = case("lstm", shown + padded)
    layout = {
        **{f"{d}weights": theirs[f"{d}weight_ih_l0"].T for d in ("", "d ")},
        **{f"{d}recurrent_weights": theirs[f"{d}weight_hh_l0"].T for d in ("", "d ")},
        "bias": theirs["bias_ih_l0"] + theirs["bias_hh_l0"],
        "d bias": theirs["d bias_ih_l0"],
    }

    compare(f"lstm(2, return_sequences={shown == 'sequences'}, mask={bool(padded)})", theirs, layout, dtype)


@dtypes
@pytest.mark.parametrize("padded", ["", ", padded"])
@pytest.mark.parametrize("shown", ["last", "sequences"])
def test_gru(shown: str, padded: str, dtype: str) -> None:
    theirs = case("gru", shown + padded)
    second_bias = theirs["bias_hh_l0"]
    layout = {
        **{f"{d}weights": theirs[f"{d}weight_ih_l0"].T for d in ("", "d ")},
        **{f"{d}recurrent_weights": theirs[f"{d}weight_hh_l0"].T for d in ("", "d ")},
        "bias": theirs["bias_ih_l0"] + np.concatenate([second_bias[:4], [0, 0]]),
        "d bias": theirs["d bias_ih_l0"],
        "recurrent_bias": second_bias[4:],
        "d recurrent_bias": theirs["d bias_hh_l0"][4:],
    }

    compare(f"gru(2, return_sequences={shown == 'sequences'}, mask={bool(padded)})", theirs, layout, dtype)


@dtypes
@pytest.mark.parametrize("name", ["plain", "padded", "causal, padded"])
def test_self_attention(name: str, dtype: str) -> None:
    theirs = case("self_attention", name)
    layout = {
        **{f"{d}weights": theirs[f"{d}in_proj_weight"].T for d in ("", "d ")},
        **{f"{d}bias": theirs[f"{d}in_proj_bias"] for d in ("", "d ")},
        **{f"{d}output_weights": theirs[f"{d}out_proj.weight"].T for d in ("", "d ")},
        **{f"{d}output_bias": theirs[f"{d}out_proj.bias"] for d in ("", "d ")},
    }

    compare(f"self_attention(2, causal={'causal' in name}, mask={'padded' in name})", theirs, layout, dtype)


@dtypes
@pytest.mark.parametrize(("name", "padding"), [("plain", None), ("padded", 3)])
def test_embedding(name: str, padding: int | None, dtype: str) -> None:
    theirs = case("embedding", name)
    layout = {f"{d}weights": theirs[f"{d}weight"] for d in ("", "d ")}

    compare(f"embedding(5, 2, padding={padding})", theirs, layout, dtype)
