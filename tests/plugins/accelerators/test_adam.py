"""The compiled Adam: every bit as in NumPy, machine code kept on disk, and at work without a place for it."""

import os
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.adam import AdamInOnePass, NumbaAdam, NumbaAdamW

STEP = """
import numpy as np
from glassnet_accelerators.adam_kernel import adam_step
p, g, m, v = np.ones((4, 3))
adam_step(p, g, m, v, 0.5, 0.5, 1.0, 2.0, 1.0)
# By hand: m = 1.5, v = 1.5, p = 1 - 1.5 / (sqrt(1.5) + 1) * 2
np.testing.assert_allclose(p, 1 - 3 / (1.5 ** 0.5 + 1), rtol=1e-15)
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "optimizer", ["adam", "adam(beta1=0.7, beta2=0.9, epsilon=0.01)", "adamw(lr=0.1, weight_decay=0.3)"]
)
def test_every_bit_is_the_same_over_many_sizes_of_gradient(optimizer, dtype):
    plain = gn.create("optimizer", optimizer)
    accelerator = NumbaAdamW if "weight_decay" in plain.options else NumbaAdam
    faster = accelerator().replacement(plain)
    assert isinstance(faster, AdamInOnePass)
    rng = np.random.default_rng(3)
    start = rng.normal(size=1001).astype(dtype)
    ends = []
    gradients = [(rng.normal(size=1001) * 10.0 ** rng.integers(-30, 5)).astype(dtype) for _ in range(60)]
    for one in (accelerator.bit_identical_to().replacement(plain), faster):
        p, state = start.copy(), {name: np.zeros_like(start) for name in one.slots}
        for t, g in enumerate(gradients, 1):
            one.update(p, g.copy(), state, one.lr, t)
        ends.append((p, state["sum_m"], state["sum_v"]))
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(sys.platform != "linux", reason="threads share steps on Linux alone")
@pytest.mark.parametrize("count", [2, 3])
def test_threads_share_a_large_step_to_the_same_bytes(count, team):
    from glassnet_accelerators.adam_kernel import adam_step
    from glassnet_accelerators.adam_team import shared_step

    table, rng = team(count).table, np.random.default_rng(0)
    whole = [np.abs(rng.normal(size=450_001)).astype("float32") for _ in range(4)]
    parts = [array.copy() for array in whole]
    factors = 0.9, 0.999, 1e-7, 1e-3, 0.99
    adam_step(*whole, *factors)
    assert shared_step(*parts, np.array(factors))
    assert [array.tobytes() for array in parts] == [array.tobytes() for array in whole]
    assert table[:count, 5].sum() == 450_001  # the lengths that the threads were given
    assert min(table[:count, 5]) > 100_000


@pytest.mark.skipif(sys.platform != "linux", reason="threads share steps on Linux alone")
def test_small_steps_and_eight_bytes_a_number_are_not_shared(team):
    from glassnet_accelerators.adam_team import shared_step

    team(2)
    for size, dtype in ((200_000, "float32"), (450_000, "float64")):
        arrays = [np.ones(size, dtype) for _ in range(4)]
        assert not shared_step(*arrays, np.ones(5))
        assert all((array == 1).all() for array in arrays)


def test_training_gives_the_same_bytes_with_it_and_without(monkeypatch):
    x = np.random.default_rng(0).normal(size=(50, 4))
    used, ends = [], []

    class Watch(gn.Callback):
        """Notes which accelerators are used."""

        def on_run_end(self, run):
            used.append(run.describe()["accelerators"])

    monkeypatch.setattr(NumbaAdam, "has_started", classmethod(lambda cls: False))
    for wanted in (True, False):
        monkeypatch.setattr(NumbaAdam, "is_worthwhile", lambda self, workload, wanted=wanted: wanted)
        net = gn.Network("dense(8) tanh dense(1)").build((4,), seed=1)
        net.fit(x, x[:, 0], loss="mse", optimizer="ema(adam)", epochs=5, callbacks=[Watch()], progress=False)
        ends.append(net.flat_parameters.tobytes())
    assert [[name for name in names if "adam" in name] for names in used] == [["numba_adam"], ["numpy_adam"]]
    assert ends[0] == ends[1]


def run(code, **variables):
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **variables})


def test_the_second_process_finds_the_machine_code_of_the_first(tmp_path):
    hits = "\nassert sum(adam_step.stats.cache_hits.values()) == {0}, adam_step.stats"
    run(STEP + hits.format(0), NUMBA_CACHE_DIR=str(tmp_path))
    run(STEP + hits.format(2), NUMBA_CACHE_DIR=str(tmp_path))


def test_it_works_where_no_cache_can_be_written():
    # Numba asks these in turn for a place.
    run("from numba.core.caching import CompileResultCacheImpl as C\nC._locator_classes = []\n" + STEP)


def test_the_listing_says_whether_it_is_in_use(monkeypatch, capsys):
    from glassnet_commands.command_line import main

    def listed():
        main(["plugins", "accelerator"])
        return next(line for line in capsys.readouterr().out.splitlines() if "numba_adam " in line)

    assert listed().endswith("  ok      in use for optimizer glassnet:adam")
    monkeypatch.setattr(NumbaAdam, "requires", ("no_such_module_anywhere",))
    assert listed().endswith(
        "not in use for optimizer glassnet:adam: it needs no_such_module_anywhere, which is not installed"
    )
    gn.use_accelerators(False)
    assert listed().endswith("not in use for optimizer glassnet:adam: accelerators are switched off")
    gn.use_accelerators(None)
