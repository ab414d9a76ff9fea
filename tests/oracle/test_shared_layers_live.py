"""A layer that is listed twice against PyTorch, which shares a module that is listed twice."""

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch", reason="the formula of test_shared_layers.py is compared without it")

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 12, 3))
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


class Residual(torch.nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.inner = torch.nn.Sequential(*layers)

    def forward(self, x):
        return x + self.inner(x)


def theirs(dense, norm):
    """Return the modules that stand for the layers of `ours`."""
    return torch.nn.Sequential(
        dense, norm, torch.nn.Tanh(), Residual(dense, torch.nn.Tanh(), dense), norm, dense, torch.nn.Tanh()
    )


def ours(dense, norm):
    return gn.Network([dense, norm, "tanh", gn.layers.residual([dense, "tanh", dense]), norm, dense, "tanh"])


@pytest.mark.parametrize("optimizer", ["sgd(lr=0.2)", "adam(lr=0.05)"])
def test_training_gives_the_same_weights_and_running_means(optimizer):
    dense, norm = torch.nn.Linear(3, 3, dtype=torch.float64), torch.nn.BatchNorm1d(3, dtype=torch.float64)
    module = theirs(dense, norm)
    net = ours(gn.layers.dense(3), gn.layers.batch_norm()).build((3,), dtype="float64")
    net.parameters = {
        "0.weights": dense.weight.detach().numpy().T,
        "0.bias": dense.bias.detach().numpy(),
        "1.scale": norm.weight.detach().numpy(),
        "1.shift": norm.bias.detach().numpy(),
    }
    make = torch.optim.SGD if optimizer.startswith("sgd") else torch.optim.Adam
    stepper = make(module.parameters(), lr=float(optimizer[:-1].partition("=")[2]))
    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    for _ in range(5):
        stepper.zero_grad()
        torch.nn.functional.mse_loss(module(x), y).backward()
        stepper.step()
    net.fit(X, Y, loss="mse", optimizer=optimizer, batch_size=12, epochs=5)
    np.testing.assert_allclose(net.parameters["0.weights"], dense.weight.detach().numpy().T, **CLOSE)
    np.testing.assert_allclose(net.parameters["0.bias"], dense.bias.detach().numpy(), **CLOSE)
    np.testing.assert_allclose(net.parameters["1.scale"], norm.weight.detach().numpy(), **CLOSE)
    np.testing.assert_allclose(net.state["1"]["running_mean"], norm.running_mean.numpy(), **CLOSE)
    np.testing.assert_allclose(net.state["1"]["running_variance"], norm.running_var.numpy(), **CLOSE)
    module.eval()
    np.testing.assert_allclose(net.predict(X), module(x).detach().numpy(), **CLOSE)
