"""Each optimizer over 50 steps against PyTorch itself, with options and gradients that hypothesis draws."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import glassnet as gn
from agreement import TOLERANCE, difference

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
        {**BETAS, "weight_decay": st.floats(0, 0.5)},
        lambda o: {**adam_like(o), "weight_decay": o["weight_decay"]},
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
    for dtype in TOLERANCE:
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
        assert difference(f"optimizer:{name}", mine, expected, least=1.0) <= TOLERANCE[dtype]


@pytest.fixture(scope="module")
def _all_digits():
    """PyTorch's Muon iterates in bfloat16, of which two digits are right. So it keeps the type that it is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)
        yield


@pytest.mark.usefixtures("_all_digits")
@given(
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    options=st.fixed_dictionaries(
        {
            "lr": LR,
            "momentum": st.floats(0, 0.98),
            "nesterov": st.booleans(),
            "weight_decay": st.sampled_from([0.0, 0.1, 1.0]),
            "scale": st.sampled_from(["original", "match_rms_adamw"]),
        }
    ),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_muon_goes_where_pytorchs_goes(shape, options, seed):
    rng = np.random.default_rng(seed)
    start, gradients = rng.normal(size=shape), rng.normal(size=(STEPS, *shape)) * 10.0 ** rng.integers(-3, 2)
    for dtype in TOLERANCE:
        theirs = torch.from_numpy(start.T.astype(dtype)).requires_grad_()
        peer = torch.optim.Muon(
            [theirs],
            lr=options["lr"],
            momentum=options["momentum"],
            nesterov=options["nesterov"],
            weight_decay=options["weight_decay"],
            adjust_lr_fn=options["scale"],
        )
        mine, state = start.astype(dtype), {"momentum": np.zeros(shape, dtype)}
        optimizer = gn.optimizers.muon(**options)
        for t, gradient in enumerate(gradients.astype(dtype)):
            theirs.grad = torch.from_numpy(gradient.T.copy())
            peer.step()
            optimizer.update(mine, gradient.copy(), state, options["lr"], t + 1)
        expected = theirs.detach().numpy().T
        assert mine.dtype == dtype
        assert difference("optimizer:muon", mine, expected, least=1.0) <= TOLERANCE[dtype]


@given(lr=st.floats(0.05, 1.0), memory=st.integers(1, 10), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_lbfgs_goes_where_pytorchs_goes(lr, memory, seed):
    """In a bowl that is at most four times as steep one way as another: it learns from differences, which cancel."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(7, 7)))[0]
    curvature, bottom, start = (
        directions * rng.uniform(0.5, 2, 7) @ directions.T,
        rng.normal(size=7),
        rng.normal(size=7),
    )
    for dtype in TOLERANCE:
        curvature, bottom = curvature.astype(dtype), bottom.astype(dtype)
        theirs = torch.from_numpy(start.astype(dtype)).requires_grad_()
        peer = torch.optim.LBFGS([theirs], lr=lr, history_size=memory, max_iter=1, tolerance_grad=0, tolerance_change=0)

        def closure(theirs=theirs, curvature=curvature, bottom=bottom):
            theirs.grad = torch.from_numpy(curvature @ (theirs.detach().numpy() - bottom))
            return torch.tensor(0.0)

        mine, optimizer = start.astype(dtype), gn.optimizers.lbfgs(lr=lr, history_size=memory, line_search=False)
        state = {slot: np.zeros(7, dtype) for slot in optimizer.slots}
        state |= {scalar: np.zeros(1) for scalar in optimizer.scalars}
        for t in range(STEPS):
            peer.step(closure)
            optimizer.step(mine, curvature @ (mine - bottom), state, lr, t + 1, lambda: 0.0)
            expected = theirs.detach().numpy()
            # Each step counts: in the end both are at the bottom.
            assert difference("optimizer:lbfgs", mine, expected, least=1.0) <= TOLERANCE[dtype]
        assert mine.dtype == dtype
