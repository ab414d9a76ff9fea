"""Several threads at once: they look up plugins, register, train and predict as one thread alone would."""

from __future__ import annotations

import subprocess
import sys
import threading
import types

import numpy as np
import pytest

import glassnet as gn

THREADS = 8


@pytest.fixture(autouse=True)
def often():
    """Let threads take turns a thousand times as often as usual, which is when they meet."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*tasks):
    """Start all tasks at one moment, in a thread each; return their results."""
    barrier = threading.Barrier(len(tasks))
    results = [None] * len(tasks)

    def run(index, task):
        barrier.wait(30)
        try:
            results[index] = task()
        except BaseException as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "the threads wait for each other"
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


# --- lookups ---------------------------------------------------------------------------------------------------------

PLUGIN = """
    import glassnet as gn

    {lookup}

    class Made(gn.Activation):
        factor: float = gn.option({number}.0, help="factor")

        def forward(self, x):
            return self.factor * x
"""


@pytest.mark.parametrize("attempt", range(3))
def test_plugins_that_nobody_has_imported_yet_are_the_same_for_all_threads(registry, install, attempt):
    """Twenty plugins, each of which looks up the one before it while it is imported."""
    names = [f"thread_{attempt}_{number}" for number in range(20)]
    for number, name in enumerate(names):
        lookup = f"gn.create('activation', '{names[number - 1]}')" if number % 5 else ""
        source = PLUGIN.format(lookup=lookup, number=number)
        install(f"glassnet-{name.replace('_', '-')}", {f"activations/{name}": f"{name}:Made"}, {name: source})

    def look_up(order):
        return {name: registry.resolve("activation", name) for name in order}

    orders = [list(np.random.default_rng(seed).permutation(names)) for seed in range(THREADS)]
    results = at_once(*[lambda order=order: look_up(order) for order in orders])
    for name in names:
        assert len({result[name] for result in results}) == 1
        assert results[0][name]().factor == names.index(name)
        assert repr(results[0][name]()) == name


def test_a_component_is_made_once(registry, install):
    hook = "@gn.hookimpl\ndef glassnet_component():\n    return type('Made', (gn.Activation,), {})\n"
    install("glassnet-made", {"activations/made": "thread_made"}, {"thread_made": f"import glassnet as gn\n{hook}"})
    results = at_once(*[lambda: registry.resolve("activation", "made")] * THREADS)
    assert len(set(results)) == 1


def test_a_broken_plugin_is_broken_for_all_and_disturbs_nobody(registry, install):
    install("glassnet-bad", {"activations/bad": "thread_bad:Bad"}, {"thread_bad": "1 / 0"})

    def look_up():
        with pytest.raises(gn.PluginLoadError, match="ZeroDivisionError"):
            registry.resolve("activation", "bad")
        return registry.resolve("activation", "relu")

    assert len(set(at_once(*[look_up] * THREADS))) == 1


def test_the_registry_is_free_while_a_plugins_own_code_runs(registry, install, monkeypatch):
    """One thread's hook waits for a module that another is importing, and that one looks into the registry."""
    gate = types.SimpleNamespace(importing=threading.Event(), in_hook=threading.Event())
    monkeypatch.setitem(sys.modules, "gate", gate)
    slow = "import gate, glassnet as gn\ngate.importing.set()\ngate.in_hook.wait(30)\ngn.create('activation', 'relu')\n"
    hook = "import gate, glassnet as gn\n@gn.hookimpl\ndef glassnet_component():\n    gate.in_hook.set()\n"
    hook += "    import thread_slow\n    return type('Made', (gn.Activation,), {})\n"
    install("glassnet-made", {"activations/made": "thread_hook"}, {"thread_hook": hook, "thread_slow": slow})

    def resolve():
        assert gate.importing.wait(30)
        return registry.resolve("activation", "made").__name__

    assert at_once(lambda: __import__("thread_slow").__name__, resolve) == ["thread_slow", "Made"]


def test_each_thread_may_register_for_itself(registry):
    def register(number):
        mine = type("Mine", (gn.Activation,), {})
        for _ in range(50):
            with gn.registered("activation", f"mine_{number}", mine):
                assert type(gn.create("layer", f"mine_{number}")) is mine
                assert repr(mine()) == f"mine_{number}"
                assert "relu" in registry.names("activation")

    at_once(*[lambda number=number: register(number) for number in range(THREADS)])
    assert not [name for name in registry.names("activation") if name.startswith("mine_")]


# --- training and predicting -----------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 12)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


def shared_components():
    return {
        "layers": [gn.create("layer", each) for each in ("dense(32)", "relu", "dropout(0.3)", "dense(2)", "softmax")],
        "loss": gn.create("loss", "cce"),
        "optimizer": gn.create("optimizer", "adam(lr=0.01)"),
        "metrics": [gn.create("metric", "accuracy")],
        "callbacks": [gn.create("callback", "early_stopping(patience=2)")],
        "regularizer": gn.create("regularizer", "l2(0.001)"),
        "schedule": gn.create("schedule", "cosine"),
    }


def fitted(seed, layers, **options):
    net = gn.Network(layers)
    history = net.fit(X, Y, epochs=6, batch_size=16, validation=0.25, seed=seed, progress=False, **options)
    return net.flat_parameters.tobytes(), dict(history), net.predict(X).tobytes()


def test_fits_that_share_components_end_as_one_after_another():
    shared = shared_components()
    alone = [fitted(seed, **shared_components()) for seed in range(THREADS)]
    together = at_once(*[lambda seed=seed: fitted(seed, **shared) for seed in range(THREADS)])
    assert together == alone
    assert len({parameters for parameters, _, _ in alone}) == THREADS


def test_fits_that_record_themselves_do_not_meet_in_their_folders(tmp_path):
    shared = shared_components()

    def record(seed, where):
        fitted(seed, **shared, folder=tmp_path / where / str(seed))

    for seed in range(4):
        record(seed, "alone")
    at_once(*[lambda seed=seed: record(seed, "together") for seed in range(4)])
    for name in ("model.safetensors", "history.csv"):
        for seed in range(4):
            files = [tmp_path / where / str(seed) / name for where in ("alone", "together")]
            assert files[0].read_bytes() == files[1].read_bytes()


def test_one_network_predicts_in_several_threads_as_in_one():
    net = gn.Network("dense(64) relu dropout(0.5) dense(64) tanh dense(3) softmax").build((12,), seed=1)
    inputs = [RNG.normal(size=(300 + 50 * number, 12)).astype(np.float32) for number in range(THREADS)]
    alone = [net.predict(x).tobytes() for x in inputs]
    for _ in range(5):
        assert at_once(*[lambda x=x: net.predict(x).tobytes() for x in inputs]) == alone


COLD = """
import sys, threading
import glassnet as gn

sys.setswitchinterval(5e-6)
tasks = [
    lambda: repr(gn.Network("dense(3) relu")),
    lambda: repr(gn.create("optimizer", "adam(lr=0.5)")),
    lambda: gn.layers.dense(3).title(),
    lambda: "relu" in dir(gn.activations),
    lambda: repr(gn.datasets.xor()),
    lambda: repr(gn.metrics.accuracy()),
    lambda: gn.Callback.__name__,
    lambda: repr(gn.create("layer", "dense(3, weight_init=he_normal, regularizer=l2(0.5))")),
]
barrier = threading.Barrier(len(tasks))
results = {}


def run(index):
    barrier.wait()
    results[index] = tasks[index]()


threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([results.get(index) for index in range(len(tasks))])
"""


@pytest.mark.parametrize("attempt", range(3))
def test_the_first_uses_in_a_program_may_come_from_several_threads(attempt):
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, timeout=120, check=False)
    expected = [
        "Network(['dense(3)', 'relu'])",
        "adam(lr=0.5)",
        "dense",
        True,
        "xor",
        "accuracy",
        "Callback",
        "dense(3, weight_init=he_normal, regularizer=l2(strength=0.5))",
    ]
    assert (done.stdout.strip(), done.stderr) == (str(expected), "")
