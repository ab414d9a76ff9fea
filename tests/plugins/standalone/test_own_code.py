"""Layers and activations of others in programs: by their own code, or refused by name."""

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.standalone.networks import difference, imported, samples

_HALF = 0.5


class Scaled(gn.Layer):
    """A weight for each feature. Source: by definition."""

    factor: float = gn.option(2.0, help="a number")

    formula = "y = factor w x / 2"

    def parameters(self, shape):
        return {"w": gn.Parameter(shape[-1:], initializer="ones")}

    def state(self, shape):
        return {"mean": np.ones(shape[-1])}

    def forward(self, params, x: gn.Array, ctx: gn.Context) -> tuple:
        half: gn.Array = _half_of(self._times(x))
        return half * params["w"] - ctx.state["mean"].astype(x.dtype), x

    def _times(self, x):
        return x * self.factor


def _half_of(x):
    return x * _HALF


class Ratio(gn.Activation):
    """An elementwise function. Source: by definition."""

    formula = "y = x^2 / (1 + x^2) if x > 0, else 0"

    def forward(self, x):
        squared = np.square(x)
        return np.where(x > 0, squared / (1 + squared), np.zeros_like(x))


class Shares(gn.Activation):
    """Depends on all elements of a row. Source: by definition."""

    formula = "y = x / (1 + sum of |x|)"

    def forward(self, x):
        return x / (1 + np.abs(x).sum(axis=-1, keepdims=True))


class Entangled(gn.Activation):
    """Needs the package. Source: by definition."""

    formula = "y = relu(x)"

    def forward(self, x):
        return gn.activations.relu().forward(x) + 0 * x.sum()


class Typed(gn.Layer):
    """Reads more of its context than a file of its own has. Source: by definition."""

    formula = "y = x"

    def forward(self, params, x, ctx):
        return x.astype(ctx.dtype), None


@pytest.fixture(autouse=True)
def _registered():
    with (
        gn.registered("layer", "scaled", Scaled),
        gn.registered("activation", "ratio", Ratio),
        gn.registered("activation", "shares", Shares),
        gn.registered("activation", "entangled", Entangled),
        gn.registered("layer", "typed", Typed),
    ):
        yield


def test_python_has_the_code_of_the_layers(tmp_path):
    net, x = gn.Network("dense(4) scaled(3) ratio dense(4) shares").build(6, seed=0), samples("row", 8)
    net.parameters["1.w"][...] = [1, 2, 3, 4]
    net.save(tmp_path / "net.py")
    module = imported(tmp_path / "net.py")
    assert difference(module.predict(x), net, x) <= 1e-6
    assert module.ratio(np.array([-1.0, 2.0])).tolist() == [0.0, 0.8]


def test_elementwise_activations_go_everywhere(tmp_path, in_c, in_node):
    net, x = gn.Network("dense(4) ratio").build(6, seed=0), samples("row", 8)
    assert difference(in_c([(net, x)])[0], net, x) <= 1e-6
    net.save(tmp_path / "net.js")
    call = f"console.log(JSON.stringify({x.tolist()}.map((sample) => Array.from(predict(sample)))));"
    assert difference(in_node(f'import {{ predict }} from "./net.js"; {call}'), net, x) <= 1e-6


@pytest.mark.parametrize(
    ("layers", "ending", "message"),
    [
        ("dense(4) scaled", "h", "layer 1, scaled, cannot be written in this language: no kernel is known for scaled"),
        ("dense(4) shares", "js", "layer 1, shares, cannot be written in this language"),
        ("dense(4) typed", "py", "typed does not compute in one file of Python .* no attribute 'dtype'"),
        ("residual([dense(6), entangled])", "py", "layer 0.1, entangled, .* it needs glassnet"),
    ],
)
def test_what_cannot_be_written_is_named(layers, ending, message, tmp_path):
    path = tmp_path / f"net.{ending}"
    with pytest.raises(gn.OptionError, match=message):
        gn.Network(layers).build(6).save(path)
    assert not path.exists()


def test_a_function_that_c_does_not_have_is_named(tmp_path):
    class Curved(gn.Activation):
        """Source: by definition."""

        formula = "y = i0(x)"

        def forward(self, x):
            return np.spacing(x)

    with gn.registered("activation", "curved", Curved):
        net = gn.Network("dense(2) curved").build(6)
        with pytest.raises(
            gn.OptionError, match=r"layer 1, curved, calls np.spacing, .* export the network as model.py"
        ):
            net.save(tmp_path / "net.h")
