"""Gradients, and products with first and second derivatives, against PyTorch's, in float64."""

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch", reason="tests/plugins/inspection compares with formulas and differences")
F = torch.nn.functional

# PyTorch's forward mode compiles its rules at first use, and warns that its compiler is old.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
RNG = np.random.default_rng(0)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
DENSE = "dense(5) tanh layer_norm dense(4) gelu dense(3) softmax"
CONV = "conv2d(3, 3, padding='same') silu avg_pool2d(2) flatten dense(3) softmax"


def dense(p, x):
    x = torch.tanh(x @ p["0.weights"] + p["0.bias"])
    x = F.layer_norm(x, (5,), p["2.scale"], p["2.shift"], 1e-5)
    x = F.gelu(x @ p["3.weights"] + p["3.bias"])
    return torch.softmax(x @ p["5.weights"] + p["5.bias"], 1)


def conv(p, x):
    # Our images are (height, width, channels), and our kernels (height, width, in, out).
    x = F.conv2d(x.permute(0, 3, 1, 2), p["0.weights"].permute(3, 2, 0, 1), p["0.bias"], padding="same")
    x = F.avg_pool2d(F.silu(x), 2).permute(0, 2, 3, 1).reshape(len(x), -1)
    return torch.softmax(x @ p["4.weights"] + p["4.bias"], 1)


@pytest.fixture(params=[(DENSE, dense, (4,)), (CONV, conv, (4, 4, 2))], ids=["dense", "conv"])
def case(request):
    layers, theirs, shape = request.param
    net = gn.Network(layers).build(shape, seed=3, dtype="float64")
    x, y = RNG.normal(size=(6, *shape)), RNG.integers(0, 3, 6)
    params = {name: torch.tensor(np.array(one)) for name, one in net.parameters.items()}
    return net, theirs, params, x, y


def loss(theirs, params, x, y):
    return F.nll_loss(torch.log(theirs(params, x)), y)


def directions(params):
    return {name: RNG.normal(size=one.shape) for name, one in params.items()}


def tensors(arrays):
    return {name: torch.tensor(one) for name, one in arrays.items()}


def check(ours, theirs):
    assert list(ours) == list(theirs)
    for name, one in theirs.items():
        np.testing.assert_allclose(ours[name], one.numpy(), **CLOSE, err_msg=name)


def test_the_value_and_the_gradients_are_those_of_pytorch(case):
    net, theirs, params, x, y = case
    value, gradients = net.value_and_gradients(x, y, "categorical_crossentropy")
    expected, wanted = torch.func.grad_and_value(lambda p: loss(theirs, p, torch.tensor(x), torch.tensor(y)))(params)[
        ::-1
    ]
    assert value == pytest.approx(expected.item(), rel=1e-12)
    check(gradients, wanted)


def test_gradients_of_single_samples_are_those_of_vmap(case):
    net, theirs, params, x, y = case
    one = torch.func.grad(lambda p, xi, yi: loss(theirs, p, xi[None], yi[None]))
    wanted = torch.func.vmap(one, in_dims=(None, 0, 0))(params, torch.tensor(x), torch.tensor(y))
    check(net.per_sample_gradients(x, y, "categorical_crossentropy"), wanted)


def test_input_gradients_are_those_of_pytorch(case):
    net, theirs, params, x, y = case
    given = torch.tensor(x, requires_grad=True)
    (wanted,) = torch.autograd.grad(theirs(params, given)[:, 2].sum(), given)
    np.testing.assert_allclose(net.input_gradient(x, output=2), wanted.numpy(), **CLOSE)
    (wanted,) = torch.autograd.grad(loss(theirs, params, given, torch.tensor(y)), given)
    np.testing.assert_allclose(net.input_gradient(x, y, "categorical_crossentropy"), wanted.numpy(), **CLOSE)


def test_jacobian_vector_products_are_those_of_pytorch(case):
    net, theirs, params, x, _ = case
    dp, dx = directions(params), RNG.normal(size=x.shape)
    _, wanted = torch.func.jvp(theirs, (params, torch.tensor(x)), (tensors(dp), torch.tensor(dx)))
    np.testing.assert_allclose(net.jvp(x, dx, parameters=dp), wanted.numpy(), **CLOSE)


def test_vector_jacobian_products_are_those_of_pytorch(case):
    net, theirs, params, x, _ = case
    dy = RNG.normal(size=(len(x), 3))
    _, back = torch.func.vjp(theirs, params, torch.tensor(x))
    wanted, wanted_dx = back(torch.tensor(dy))
    gradients, dx = net.vjp(x, dy)
    check(gradients, wanted)
    np.testing.assert_allclose(dx, wanted_dx.numpy(), **CLOSE)


def test_hessian_vector_products_are_those_of_pytorch(case):
    net, theirs, params, x, y = case
    v = directions(params)
    gradient = torch.func.grad(lambda p: loss(theirs, p, torch.tensor(x), torch.tensor(y)))
    _, wanted = torch.func.jvp(gradient, (params,), (tensors(v),))
    check(net.hvp(x, y, "categorical_crossentropy", direction=v), wanted)


def test_the_largest_curvature_is_that_of_pytorchs_hessian():
    net = gn.Network("dense(3) tanh dense(2)").build(2, seed=1, dtype="float64")
    x, y = RNG.normal(size=(8, 2)), RNG.normal(size=(8, 2))
    slices = net.layout.slices

    def value(vector):
        w, b, v, c = (vector[one.start : one.stop].reshape(one.parameter.shape) for one in slices)
        return ((torch.tanh(torch.tensor(x) @ w + b) @ v + c - torch.tensor(y)) ** 2).mean()

    hessian = torch.func.hessian(value)(torch.tensor(np.array(net.flat_parameters)))
    assert net.curvature(x, y, "mse").largest == pytest.approx(np.linalg.eigvalsh(hessian.numpy())[-1], rel=1e-6)
