"""The weights of PyTorch modules, copied into our networks: both compute the same."""

import numpy as np
import pytest

import glassnet as gn

torch = pytest.importorskip("torch", reason="tests/plugins/surgery copies weights of our own networks")
nn = torch.nn

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _float64():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def perturbed(module):
    """Return a module whose scales and running values are not 1 and 0."""
    for name, tensor in module.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            tensor += 0.1 * torch.rand_like(tensor)
    return module.eval()


def test_dense_layers_and_norms():
    module = perturbed(
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.PReLU(), nn.LayerNorm(4), nn.Linear(4, 2, bias=False))
    )
    net = gn.Network("dense(4) batch_norm prelu layer_norm dense(2, bias=False)").build(3, dtype="float64")
    report = net.copy_weights(module.state_dict())
    assert report.missing == report.unused == ()
    x = RNG.normal(size=(6, 3))
    np.testing.assert_allclose(net.predict(x), module(torch.tensor(x)).detach().numpy(), **CLOSE)


def test_images_are_flattened_in_our_order():
    module = perturbed(
        nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Dropout(), nn.Linear(3 * 2 * 3, 4),
        )
    )  # fmt: skip
    layers = "conv2d(3, 3, padding='same') batch_norm relu max_pool2d(2) flatten dropout(0.5) dense(4)"
    net = gn.Network(layers).build((4, 6, 2), dtype="float64")
    net.copy_weights(module.state_dict())
    x = RNG.normal(size=(5, 4, 6, 2))
    theirs = module(torch.tensor(x).permute(0, 3, 1, 2)).detach().numpy()
    np.testing.assert_allclose(net.predict(x), theirs, **CLOSE)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_recurrent_layers_and_embeddings(kind):
    embedding, recurrent = nn.Embedding(7, 3), {"lstm": nn.LSTM, "gru": nn.GRU}[kind](3, 4, batch_first=True)
    module = nn.ModuleList([embedding, recurrent, nn.Linear(4, 2)])
    net = gn.Network(f"embedding(7, 3) {kind}(4) dense(2)").build((5,), dtype="float64")
    net.copy_weights(module.state_dict())
    x = RNG.integers(0, 7, (6, 5))
    last = recurrent(embedding(torch.tensor(x)))[0][:, -1]
    np.testing.assert_allclose(net.predict(x), module[2](last).detach().numpy(), **CLOSE)


def test_attention():
    module = perturbed(nn.MultiheadAttention(4, 2, batch_first=True))
    net = gn.Network("self_attention(2)").build((5, 4), dtype="float64")
    net.copy_weights(module.state_dict())
    x = torch.tensor(RNG.normal(size=(3, 5, 4)))
    np.testing.assert_allclose(net.predict(x.numpy()), module(x, x, x)[0].detach().numpy(), **CLOSE)


def test_the_body_of_a_larger_module_is_enough_without_strict():
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 10))
    net = gn.Network("dense(4) tanh dense(2)").build(3, dtype="float64")
    assert net.copy_weights(module.state_dict(), strict=False).missing == ("2.weights", "2.bias")
    x = RNG.normal(size=(6, 3))
    np.testing.assert_allclose(net[:2].predict(x), module[:2](torch.tensor(x)).detach().numpy(), **CLOSE)


@pytest.mark.parametrize(
    ("layers", "message"),
    [("dense(4)", "2 modules"), ("dense(4) dense(5)", "shape"), ("dense(4) lstm(2)", "not 'weight_ih_l0'|expected")],
)
def test_other_layers_are_one_sentence(layers, message):
    module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    net = gn.Network(layers).build((2, 3) if "lstm" in layers else 3)
    with pytest.raises(gn.ShapeError, match=message):
        net.copy_weights(module.state_dict())
