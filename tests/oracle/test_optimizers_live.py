"""Each optimizer over 50 steps against PyTorch itself, with options and gradients that hypothesis draws."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn

torch = pytest.importorskip("torch", reason="the committed values of test_optimizers.py are compared without it")

STEPS = 50
LR = st.floats(1e-4, 0.1)
BETA = st.floats(0.0, 0.98)
EPSILON = st.floats(1e-9, 1e-3)
BETAS = {"beta1": BETA, "beta2": st.floats(0.5, 0.9995), "epsilon": EPSILON}


@pytest.fixture(autouse=True, scope="module")
def _double_precision():
    """PyTorch's NAdam keeps its product of momenta in the default type: seven digits would be too few."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def adam_like(options):
    return {"betas": (options["beta1"], options["beta2"]), "eps": options["epsilon"]}


PEERS = {
    "sgd": (torch.optim.SGD, {}, lambda o: {}),
    "momentum": (
        torch.optim.SGD,
        {"momentum": st.floats(0.01, 0.98), "nesterov": st.booleans()},
        lambda o: {"momentum": o["momentum"], "nesterov": o["nesterov"]},
    ),
    "rmsprop": (
        torch.optim.RMSprop,
        {"decay": BETA, "epsilon": EPSILON},
        lambda o: {"alpha": o["decay"], "eps": o["epsilon"]},
    ),
    "adagrad": (torch.optim.Adagrad, {"epsilon": EPSILON}, lambda o: {"eps": o["epsilon"]}),
    "adam": (torch.optim.Adam, BETAS, adam_like),
    "adamw": (
        torch.optim.AdamW,
        {**BETAS, "decay": st.floats(0, 0.5)},
        lambda o: {**adam_like(o), "weight_decay": o["decay"]},
    ),
    "nadam": (
        torch.optim.NAdam,
        {**BETAS, "warming": st.floats(0, 0.01)},
        lambda o: {**adam_like(o), "momentum_decay": o["warming"]},
    ),
    # Where 2 / (1 - beta2) - 1 is near 5, its rectification divides what cancels; PyTorch's too.
    "radam": (torch.optim.RAdam, {**BETAS, "beta2": st.floats(0.8, 0.9995)}, adam_like),
}


@pytest.mark.parametrize("name", PEERS)
@given(data=st.data())
@settings(max_examples=15, deadline=None, derandomize=True)
def test_it_goes_where_pytorchs_goes(name, data):
    make, drawn, translated = PEERS[name]
    options = {option: data.draw(values) for option, values in drawn.items()}
    lr = data.draw(LR)
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    start, gradients = rng.normal(size=7), rng.normal(size=(STEPS, 7)) * 10.0 ** rng.integers(-3, 2, 7)
    for dtype, tolerance in ((np.float64, 1e-10), (np.float32, 1e-5)):
        theirs = torch.from_numpy(start.astype(dtype)).requires_grad_()
        peer = make([theirs], lr=lr, **translated(options))
        mine = start.astype(dtype)
        optimizer = gn.create("optimizer", name).replace(lr=lr, **options)
        state = {slot: np.zeros(7, dtype) for slot in optimizer.slots}
        state |= {scalar: np.zeros(1) for scalar in optimizer.scalars}
        for t, gradient in enumerate(gradients.astype(dtype)):
            theirs.grad = torch.from_numpy(gradient.copy())
            peer.step()
            optimizer.update(mine, gradient.copy(), state, lr, t + 1)
        expected = theirs.detach().numpy()
        assert np.abs(mine - expected).max() <= tolerance * max(1.0, np.abs(expected).max())
