"""Layers of image networks beside values that PyTorch gave; see make_values/images.py."""

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


def channels_last(array: gn.Array) -> gn.Array:
    """Images in our layout; anything else as it is."""
    return np.moveaxis(array, 1, -1) if array.ndim == 4 else array


def compare(
    spec: str, theirs: dict[str, gn.Array], layout: dict[str, gn.Array], dtype: str, *, training: bool = True
) -> gn.Network:
    """Run the layer on the values in `theirs`; `layout` has their parameters and ``d`` gradients under our names."""
    x, dy, y, dx = (channels_last(theirs[name]) for name in ("x", "dy", "y", "dx"))
    network = gn.Network([spec]).build(x.shape[1:], dtype=dtype)
    for name, array in network.parameters.items():
        array[:] = layout[name.removeprefix("0.")]
    for name, array in network.state.get("0", {}).items():
        array[:] = theirs[f"{name} before"]
    with network.workspace(training=training) as ctx:
        ctx.needs_input_grad = True
        network.gradients[:] = np.nan
        our_y, caches = network.sequence.forward(network.parameter_views, x.astype(dtype), ctx)
        our_dx = network.sequence.backward(
            network.parameter_views, caches, dy.astype(dtype), network.gradient_views, ctx
        )
    named = network.layout.named(network.gradients)
    assert len(layout) == 2 * len(named)
    pairs = [(our_y, y), (our_dx, dx)]
    pairs += [(named[name], layout[f"d {name.removeprefix('0.')}"]) for name in named]
    for ours, expected in pairs:
        assert ours is not None
        assert (ours.dtype, ours.shape) == (np.dtype(dtype), expected.shape)
        assert np.abs(ours - expected).max() <= TOLERANCE[dtype] * np.abs(expected).max()
    return network


def scale_and_shift(theirs: dict[str, gn.Array]) -> dict[str, gn.Array]:
    return {
        **{f"{d}scale": theirs[f"{d}weight"] for d in ("", "d ")},
        **{f"{d}shift": theirs[f"{d}bias"] for d in ("", "d ")},
    }


@dtypes
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain", ""),
        ("spread", "stride=[1, 2], padding=[2, 1], dilation=[2, 1]"),
        ("groups", "groups=2, stride=2, padding=1"),
    ],
)
def test_conv2d(name: str, options: str, dtype: str) -> None:
    theirs = case("conv2d", name)
    layout = {
        **{f"{d}weights": theirs[f"{d}weight"].transpose(2, 3, 1, 0) for d in ("", "d ")},
        **{f"{d}bias": theirs[f"{d}bias"] for d in ("", "d ")},
    }

    compare(f"conv2d(2, [3, 2], {options})", theirs, layout, dtype)


@dtypes
@pytest.mark.parametrize(("name", "options"), [("plain", "2"), ("overlapping", "3, stride=2, padding=1")])
@pytest.mark.parametrize("layer", ["max_pool2d", "avg_pool2d"])
def test_pooling(layer: str, name: str, options: str, dtype: str) -> None:
    compare(f"{layer}({options})", case(layer, name), {}, dtype)


@dtypes
def test_global_avg_pool2d(dtype: str) -> None:
    compare("global_avg_pool2d", case("global_avg_pool2d", "plain"), {}, dtype)


@dtypes
def test_dense(dtype: str) -> None:
    theirs = case("dense", "plain")
    layout = {
        **{f"{d}weights": theirs[f"{d}weight"].T for d in ("", "d ")},
        **{f"{d}bias": theirs[f"{d}bias"] for d in ("", "d ")},
    }

    compare("dense(2)", theirs, layout, dtype)


@dtypes
@pytest.mark.parametrize("spec", ["flatten", "reshape([2, 3])"])
def test_layers_of_another_shape(spec: str, dtype: str) -> None:
    compare(spec, case(spec.partition("(")[0], "plain"), {}, dtype)


@dtypes
@pytest.mark.parametrize("name", ["training", "predicting", "rows"])
def test_batch_norm(name: str, dtype: str) -> None:
    theirs = case("batch_norm", name)

    network = compare(
        "batch_norm(momentum=0.8, epsilon=0.001)",
        theirs,
        scale_and_shift(theirs),
        dtype,
        training=name != "predicting",
    )

    for each in ("running_mean", "running_variance"):
        np.testing.assert_allclose(network.state["0"][each], theirs[each], rtol=0, atol=TOLERANCE[dtype])


@dtypes
def test_layer_norm(dtype: str) -> None:
    theirs = case("layer_norm", "plain")

    compare("layer_norm", theirs, scale_and_shift(theirs), dtype)
