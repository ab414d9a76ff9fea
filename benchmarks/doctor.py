"""How often the doctor is right: ``python -m benchmarks.doctor --seeds 10 --healthy 215 --write``.

Each fault of the laboratory is injected into each recipe that suits it, once for each seed, and the first findings are
noted. Healthy trainings, with recipes and options drawn at random, should have none. Answers are kept: a run that is
broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.doctor_page import page
from benchmarks.machine import description
from glassnet_doctor.sampler import Sampler
from glassnet_files.files import atomic_write
from glassnet_lab.catalogue import FAULTS
from glassnet_lab.components.table import register_components
from glassnet_lab.recipes import RECIPES
from glassnet_lab.setup import Setup

DOCS = Path(__file__).parents[1] / "docs"
SAVED, PAGE = DOCS / "doctor.json", DOCS / "doctor.md"
DATASETS = ("blobs", "iris", "spiral", "moons", "circles")
# What a healthy training answers of the test data: accuracy, or variance explained.
_WELL = 0.85
# Rules were made with the first seeds.
FIRST_SEED = 100
OPTIMIZERS = ("adam(lr=0.01)", "adam(lr=0.003)", "momentum(lr=0.05)", "momentum(lr=0.02)", "rmsprop(lr=0.003)")
OPTIMIZERS += ("adamw(lr=0.01)", "nadam(lr=0.005)", "sgd(lr=0.2)")
# The trainings in which the sampler is timed: dataset, epochs, and layers if not those of its recipe.
_TIMED: dict[str, tuple[str, int, str | None]] = {
    "xor": ("xor", 2000, None),
    "moons": ("moons", 60, None),
    "digits": ("digits", 10, None),
    "mnist": ("mnist", 1, None),
    "digits, conv2d": ("digits", 5, "conv2d(16, 3) relu max_pool2d flatten dense(10) softmax"),
    "digits, lstm": ("digits", 5, "reshape((8, 8)) lstm(32) dense(10) softmax"),
}
ACTIVATIONS = ("relu", "tanh", "gelu", "elu", "leaky_relu", "silu")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.doctor", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="trainings of each fault and recipe (default: 10)")
    parser.add_argument("--healthy", type=int, default=200, help="trainings without a fault (default: 200)")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help=f"the first seed (default: {FIRST_SEED})")
    parser.add_argument("--rounds", type=int, default=7, help="rounds in which the sampler is timed (default: 7)")
    parser.add_argument("--write", action="store_true", help="put what is measured into docs/doctor.md")
    parser.add_argument("--anew", action="store_true", help="forget what was measured before")
    given = parser.parse_args()
    results: dict[str, Any] = {} if given.anew or not SAVED.exists() else json.loads(SAVED.read_text())
    register_components()
    for part in (
        healthy(results.setdefault("healthy", {}), given.healthy),
        faults(results.setdefault("faults", {}), range(given.first, given.first + given.seeds)),
        overhead(results.setdefault("overhead", {}), given.rounds),
    ):
        for line in part:
            print(line, flush=True)
            if given.write:
                atomic_write(SAVED, (json.dumps(results, indent=1) + "\n").encode())
    results["run"] = description()
    if given.write:
        atomic_write(SAVED, (json.dumps(results, indent=1) + "\n").encode())
        atomic_write(PAGE, page(results).encode())


def faults(known: dict[str, list[str]], seeds: range) -> Iterator[str]:
    """Diagnose each fault in each recipe; yield a line for each fault and each wrong answer, to be kept at once."""
    for seed in seeds:
        for fault in FAULTS.values():
            for recipe, make in RECIPES.items():
                key = f"{fault.name} {recipe} {seed}"
                setup = make(seed)
                if key in known or not fault.suits(setup):
                    continue
                fault.inject(setup, np.random.default_rng(seed))
                known[key] = diagnosed(setup)
                if not set(known[key][:1]) & set(fault.rules):
                    yield f"{key}: {', '.join(known[key]) or 'nothing'}"
            yield f"seed {seed}, {fault.name}: done at {time.strftime('%H:%M:%S')}"


def healthy(known: dict[str, list[str]], count: int) -> Iterator[str]:
    """Diagnose healthy trainings; yield a line for each with a finding."""
    for number in range(count):
        if f"{number}" in known:
            continue
        setup = drawn_setup(np.random.default_rng(10_000 + number), number)
        network = setup.build()
        setup.fit(network)
        if answered_well(network, setup) < _WELL:
            yield f"left out {number}, which did not learn: {setup.layers} {setup.options}"
            continue
        known[f"{number}"] = rules_found(network, setup)
        if known[f"{number}"]:
            yield f"healthy {number} {setup.layers} {setup.options}: {', '.join(known[f'{number}'])}"
    yield f"{len(known)} healthy trainings, {sum(map(bool, known.values()))} with a finding"


def answered_well(network: gn.Network, setup: Setup) -> float:
    """Return the part of the test samples that is answered right, or of their variance that is explained."""
    y = np.asarray(setup.test.y).reshape(len(setup.test), -1)
    answers = network.predict(setup.test.x)
    if setup.task == "values":
        return float(1 - np.mean((answers - y) ** 2) / np.var(y))
    answered = answers.argmax(axis=1) if setup.task == "classes" else answers[:, 0] > 0.5
    return float(np.mean(answered == y[:, 0]))


def diagnosed(setup: Setup) -> list[str]:
    """Train, and return the rules of the findings in their order."""
    network = setup.build()
    setup.fit(network)
    return rules_found(network, setup)


def rules_found(network: gn.Network, setup: Setup) -> list[str]:
    """Return the rules of the findings in their order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gn.diagnose(network, setup.train, validation=setup.test, loss=setup.options["loss"])
    return [each.rule for each in found]


def drawn_setup(rng: np.random.Generator, number: int) -> Setup:
    """Return a training with a recipe and options drawn at random; hardly any of them does not learn."""
    recipes = [*RECIPES, *DATASETS]
    name = recipes[number % len(recipes)] if number < len(recipes) else str(rng.choice(recipes))
    setup = RECIPES[name](int(rng.integers(1000, 2000))) if name in RECIPES else of_dataset(name, int(rng.integers(99)))
    activation, width = str(rng.choice(ACTIVATIONS)), int(rng.choice([16, 32, 64]))
    last = setup.dense_layers()[-1]
    for place, spec in enumerate(setup.layers):
        if spec in ("relu", "tanh"):
            setup.layers[place] = activation
        elif spec.startswith("dense(") and place != last:
            setup.layers[place] = f"dense({width})"
    hidden = setup.dense_layers()[:-1]
    if hidden and rng.random() < 0.3:
        setup.layers.insert(hidden[-1] + 2, "dropout(0.2)")
    elif hidden and rng.random() < 0.4:
        setup.layers.insert(hidden[0] + 1, "batch_norm")
    setup.options["optimizer"] = str(rng.choice(OPTIMIZERS))
    setup.options["batch_size"] = int(rng.choice([16, 32, 64]))
    setup.options["epochs"] = int(setup.options["epochs"] * rng.choice([1, 1.5, 2]))
    if rng.random() < 0.3:
        setup.options["regularizer"] = str(rng.choice(["l2(1e-5)", "l2(1e-4)"]))
    if rng.random() < 0.3:
        setup.options["schedule"] = str(rng.choice(["cosine", "one_cycle"]))
    return setup


def of_dataset(name: str, seed: int) -> Setup:
    """Return the recipe of a dataset that comes with glassnet."""
    data = gn.datasets[name]().load()
    recipe = data.recipe.options
    options = {key: recipe[key] for key in ("loss", "optimizer", "epochs", "batch_size", "metrics") if key in recipe}
    return Setup(
        [each if isinstance(each, str) else repr(each) for each in recipe["layers"]],
        data.train,
        data.test,
        options,
        "classes",
        seed,
    )


def overhead(known: dict[str, list[float]], rounds: int) -> Iterator[str]:
    """Take the time that trainings spend in the sampler's hooks, as a share of all; yield a line for each."""
    for name, (dataset, epochs, layers) in _TIMED.items():
        if name in known:
            continue
        data = gn.datasets[dataset]().load()
        known[name] = [_share_of_sampler(data, epochs, layers) for _ in range(rounds)]
        yield f"{name}: {float(np.median(known[name])):.2%} of the time in the sampler"


def _share_of_sampler(data: gn.Dataset, epochs: int, layers: str | None) -> float:
    recipe = data.recipe.options
    network = gn.Network(layers or recipe["layers"]).build(data.train.x.shape[1:])
    clock = _Clock()
    options = {key: recipe[key] for key in ("loss", "optimizer", "batch_size")}
    start = time.perf_counter()
    network.fit(data.train, epochs=epochs, progress=False, callbacks=[clock], **options)
    return vars(clock)["_seconds"] / (time.perf_counter() - start)


class _Clock(gn.Callback):
    """Adds up the seconds in the hooks of the sampler."""

    def __attrs_post_init__(self) -> None:
        vars(self)["_seconds"] = 0.0

    @gn.run_hookimpl(wrapper=True)
    def hook_call(self, run: gn.Run, component: Any, hook: str, call: Any) -> Any:
        start = time.perf_counter()
        result = yield
        if isinstance(component, Sampler):
            vars(self)["_seconds"] += time.perf_counter() - start
        return result


if __name__ == "__main__":
    main()
