"""Real distributions, built and installed with pip into a real virtual environment, without a network.

Each folder below is a project of its own. Most are broken, each in its own way; all other
components work, and the message names distribution, version, target and cause.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sysconfig
import textwrap
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ACTIVATION = """
import glassnet as gn

class {name}(gn.Activation):
    def forward(self, x):
        return {factor} * x

    def backward(self, dy, x, y):
        return {factor} * dy
"""
OFFLINE = ("install", "--no-index", "--no-build-isolation", "--no-deps")
LOUD = "import sys\nprint('imported', __name__, file=sys.stderr)\n"


def activation(name: str, factor: int = 1) -> str:
    return ACTIVATION.format(name=name, factor=factor)


@dataclass(frozen=True)
class Project:
    """What is written into a folder: entry points as ``kind/name``, modules by name."""

    points: dict[str, str]
    modules: dict[str, str] = field(default_factory=dict)
    version: str = "1.0"
    requires: str = "glassnet"


HOOK = "\n@gn.hookimpl\ndef {name}({arguments}):\n    return Made\n"
BROKEN = {
    "glassnet-import-error": Project(
        {"activations/import_error": "glassnet_import_error:Made"},
        {"glassnet_import_error": "import a_module_that_nobody_has"},
        version="1.1",
    ),
    "glassnet-syntax-error": Project(
        {"activations/syntax_error": "glassnet_syntax_error:Made"},
        {"glassnet_syntax_error": "def broken(:\n"},
        version="1.2",
    ),
    "glassnet-no-module": Project({"activations/no_module": "glassnet_no_module:Made"}, {"other": ""}, version="1.3"),
    "glassnet-no-attribute": Project(
        {"activations/no_attribute": "glassnet_no_attribute:Missing"},
        {"glassnet_no_attribute": activation("Made")},
        version="1.4",
    ),
    "glassnet-wrong-type": Project(
        {"activations/wrong_type": "glassnet_wrong_type:made"},
        {"glassnet_wrong_type": "def made(x):\n    return x\n"},
        version="1.5",
    ),
    "glassnet-wrong-kind": Project(
        {"activations/wrong_kind": "glassnet_wrong_kind:Made"},
        {"glassnet_wrong_kind": "import glassnet as gn\n\nclass Made(gn.Loss):\n    pass\n"},
        version="1.6",
    ),
    "glassnet-exits": Project(
        {"activations/exits": "glassnet_exits:Made"}, {"glassnet_exits": "raise SystemExit(3)"}, version="1.7"
    ),
    "glassnet-dash": Project(
        {"activations/soft-step": "glassnet_dash:Made"}, {"glassnet_dash": activation("Made")}, version="1.8"
    ),
    "glassnet-upper-case": Project(
        {"activations/SoftStep": "glassnet_upper_case:Made"}, {"glassnet_upper_case": activation("Made")}, version="1.9"
    ),
    "glassnet-from-the-future": Project(
        {"activations/future": "glassnet_from_the_future:Made"},
        {"glassnet_from_the_future": activation("Made")},
        version="2.0",
        requires="glassnet>=99",
    ),
    "glassnet-misspelt-hook": Project(
        {"activations/misspelt": "glassnet_misspelt_hook"},
        {"glassnet_misspelt_hook": activation("Made") + HOOK.format(name="glassnet_componnt", arguments="")},
        version="2.1",
    ),
    "glassnet-hook-argument": Project(
        {"activations/argument": "glassnet_hook_argument"},
        {"glassnet_hook_argument": activation("Made") + HOOK.format(name="glassnet_component", arguments="kind")},
        version="2.2",
    ),
}
WORKING = {
    "glassnet-working": Project(
        {"activations/working": "glassnet_working:Working"}, {"glassnet_working": LOUD + activation("Working")}
    ),
    "glassnet-hook": Project(
        {"activations/hook": "glassnet_hook"},
        {"glassnet_hook": LOUD + activation("Made") + HOOK.format(name="glassnet_component", arguments="")},
    ),
    "glassnet-slow": Project(
        {"activations/slow": "glassnet_slow:Slow"},
        {"glassnet_slow": LOUD + "import gate\n\ngate.entered.set()\ngate.open.wait()\n" + activation("Slow")},
    ),
    "glassnet-twin-one": Project(
        {"activations/twin": "glassnet_twin_one:Twin"}, {"glassnet_twin_one": activation("Twin")}
    ),
    "glassnet-twin-two": Project(
        {"activations/twin": "glassnet_twin_two:Twin"}, {"glassnet_twin_two": activation("Twin", 2)}
    ),
    "glassnet-same-one": Project({"activations/same": "glassnet_same:Same"}, {"glassnet_same": activation("Same")}),
    "glassnet-same-two": Project({"activations/same": "glassnet_same:Same"}, {"other_same": ""}),
    "glassnet-twice": Project(
        {"activations/twice": "glassnet_twice:Twice"}, {"glassnet_twice": activation("Twice", 1)}
    ),
    "glassnet-uninstalled": Project(
        {"activations/uninstalled": "glassnet_uninstalled:Made"}, {"glassnet_uninstalled": activation("Made")}
    ),
    # Takes the names of what ships with glassnet, and is broken on top of it.
    "glassnet-shadow": Project(
        {
            "activations/relu": "glassnet_shadow:Relu",
            "layers/dense": "glassnet_shadow:Dense",
            "datasets/xor": "glassnet_shadow:Xor",
            "callbacks/progress": "glassnet_shadow:Progress",
            "commands/train": "glassnet_shadow:train",
        },
        {"glassnet_shadow": "raise RuntimeError('the shadow was imported')"},
    ),
}
NEWER = Project(
    {"activations/twice": "glassnet_twice:Twice"}, {"glassnet_twice": activation("Twice", 2)}, version="2.0"
)


def write(folder: Path, name: str, project: Project) -> Path:
    folder.mkdir(parents=True)
    lines = [
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
        f'[project]\nname = "{name}"\nversion = "{project.version}"\ndependencies = ["{project.requires}"]\n',
        '[tool.hatch.build.targets.wheel]\ninclude = ["*.py"]\n',
    ]
    for key, target in project.points.items():
        group, point = key.split("/")
        lines.append(f'[project.entry-points."glassnet.{group}"]\n"{point}" = "{target}"\n')
    (folder / "pyproject.toml").write_text("\n".join(lines))
    for module, source in project.modules.items():
        (folder / f"{module}.py").write_text(source)
    return folder


@dataclass(frozen=True)
class Environment:
    """A virtual environment with everything above in it."""

    python: Path
    newer: Path

    def call(self, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GLASSNET_")}
        command = [self.python, *arguments]
        return subprocess.run(
            command, env=inherited | settings, capture_output=True, text=True, check=False, timeout=300
        )

    def run(self, code: str, **settings: str) -> Any:
        """Run some Python in there, and return what it leaves in `result`."""
        start = "import json\nimport glassnet as gn\nfrom glassnet.registry.registry import registry\n"
        done = self.call("-c", f"{start}{textwrap.dedent(code)}\nprint(json.dumps(result))", **settings)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def glassnet(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in there."""
        main = "import sys\nfrom glassnet_commands.command_line import main\nsys.exit(main())"
        return self.call("-c", main, *arguments, **settings)

    def pip(self, *arguments: str | Path) -> None:
        done = self.call("-m", "pip", "--disable-pip-version-check", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    root = tmp_path_factory.mktemp("distributions")
    # What this environment has is lent to the new one, so that nothing needs to be downloaded.
    lent = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})"
    venv.create(root / "env", with_pip=importlib.util.find_spec("pip") is None, symlinks=os.name != "nt")
    scripts = "Scripts" if os.name == "nt" else "bin"
    environment = Environment(root / "env" / scripts / "python", root / "newer")
    packages = environment.call("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    Path(packages, "lent.pth").write_text(lent)
    folders = [write(root / name, name, project) for name, project in (BROKEN | WORKING).items()]
    environment.pip(*OFFLINE, *folders)
    environment.pip(*OFFLINE, "--target", environment.newer, write(root / "glassnet-twice-2", "glassnet-twice", NEWER))
    return environment


LOAD_ALL = """
    import contextlib, sys
    from glassnet.errors import PluginLoadError
    result = {}
    for entry in registry.entries():
        try:
            registry.load(entry)
            error = None
        except PluginLoadError as broken:
            error = [broken.distribution, broken.version, broken.target, broken.cause, str(broken)]
        result[f"{entry.distribution}/{entry.kind.plural}/{entry.name}"] = error
"""


@pytest.fixture(scope="module")
def loaded(environment: Environment) -> dict[str, Any]:
    """What became of each entry, all loaded in one process after another: an error or nothing."""
    # The slow one waits for its test.
    return environment.run(LOAD_ALL, GLASSNET_DISABLE="glassnet-slow")


BAD_NAME = "a component's name is lower-case letters, digits and underscores"
NOT_INSTALLED = "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"
CAUSES = {
    "glassnet-import-error": f"{NOT_INSTALLED} (glassnet_import_error.py, line 1)",
    "glassnet-syntax-error": "SyntaxError: ",
    "glassnet-no-module": "ModuleNotFoundError: No module named 'glassnet_no_module'",
    "glassnet-no-attribute": "AttributeError: module 'glassnet_no_attribute' has no attribute 'Missing'",
    "glassnet-wrong-type": "it is <function made at ",
    "glassnet-wrong-kind": "it is a loss: its entry point belongs into the group glassnet.losses",
    "glassnet-exits": "SystemExit: 3 (glassnet_exits.py, line 1)",
    "glassnet-dash": f"{BAD_NAME} (got 'soft-step'); call it 'soft_step'",
    "glassnet-upper-case": f"{BAD_NAME} (got 'SoftStep'); call it 'soft_step'",
    "glassnet-from-the-future": "it needs glassnet>=99, and this is glassnet ",
    "glassnet-misspelt-hook": "unknown hook 'glassnet_componnt', did you mean 'glassnet_component'?",
    "glassnet-hook-argument": "Argument(s) {'kind'} are declared in the hookimpl but can not be found in the hookspec",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_reported_with_its_target_and_cause(loaded, name):
    project = BROKEN[name]
    ((key, target),) = project.points.items()
    *found, cause, message = loaded[f"{name}/{key}"]
    assert found == [name, project.version, target]
    assert CAUSES[name] in cause
    point = key.partition("/")[2]
    component = f"activation {point!r} from {name} {project.version} ({target})"
    assert message.startswith(f"{component} cannot be used: {cause}; ")
    assert message.endswith(f"uninstall {name}, or set GLASSNET_DISABLE={name}")
    assert "\n" not in message


def test_everything_else_works_next_to_them(loaded, environment):
    alone = environment.run(LOAD_ALL, GLASSNET_AUTOLOAD="0")
    assert {key: error for key, error in loaded.items() if key.startswith("glassnet/")} == alone
    working = {f"{name}/{key}" for name, project in WORKING.items() for key in project.points}
    working = {key for key in working if not key.startswith(("glassnet-slow/", "glassnet-shadow/"))}
    assert working
    assert {key for key in working if loaded[key] is not None} == set()
    everything = {f"{name}/{key}" for name, project in (BROKEN | WORKING).items() for key in project.points}
    assert everything - set(loaded) == {"glassnet-slow/activations/slow"}


def test_a_network_of_working_components_trains_next_to_them(environment):
    losses = environment.run(
        """
        net = gn.Network("dense(4) working dense(1)")
        history = net.fit([[0.0], [1.0]], [[0.0], [1.0]], loss="mse", optimizer="sgd", epochs=30, progress=False)
        result = [history["loss"][0], history["loss"][-1]]
        """
    )
    assert losses[1] < losses[0]


def test_help_lists_commands_and_imports_nobodys_plugin(environment):
    done = environment.glassnet("--help")
    assert done.returncode == 0
    assert "glassnet-shadow:train" in done.stdout
    assert "from glassnet-shadow 1.0" in done.stdout
    assert "imported" not in done.stderr


def test_a_slow_import_holds_up_who_uses_it_and_nobody_else(environment):
    result = environment.run(
        """
        import sys, threading, types
        sys.modules["gate"] = gate = types.SimpleNamespace(entered=threading.Event(), open=threading.Event())
        got = []
        slow = threading.Thread(target=lambda: got.append(registry.resolve("activation", "slow").__name__))
        slow.start()
        assert gate.entered.wait(60)
        meanwhile = [registry.resolve("activation", "working").__name__, repr(gn.create("layer", "dense(3)"))]
        meanwhile += ["slow" in registry.names("activation"), "adam" in registry.names("optimizer")]
        with gn.registered("activation", "mine", registry.resolve("activation", "hook")):
            meanwhile.append(registry.find("activation", "mine").distribution)
        meanwhile.append(len(got))
        gate.open.set()
        slow.join(60)
        result = meanwhile + got
        """,
        GLASSNET_DISABLE="glassnet-shadow",
    )
    assert result == ["Working", "dense(3)", True, True, "by-hand", 0, "Slow"]


def test_a_name_that_two_distributions_give_is_refused_and_each_can_be_had(environment):
    result = environment.run(
        """
        try:
            gn.create("activation", "twin")
        except gn.AmbiguousComponentError as error:
            result = [str(error)]
        result += [gn.create("activation", f"glassnet-twin-{which}:twin").forward(1) for which in ("one", "two")]
        """
    )
    assert "glassnet-twin-one" in result[0]
    assert "glassnet-twin-two" in result[0]
    assert result[1:] == [1, 2]
    prefer = "result = gn.create('activation', 'twin').forward(1)"
    assert environment.run(prefer, GLASSNET_PREFER="glassnet-twin-two") == 2


def test_identical_duplicates_are_one(environment):
    assert environment.run("result = repr(gn.create('activation', 'same'))") == "same"


def test_of_two_versions_on_the_path_the_first_counts(environment):
    code = """
        entries = [entry for entry in registry.entries("activation") if entry.name == "twice"]
        result = [[entry.version for entry in entries], gn.create("activation", "twice").forward(1)]
    """
    assert environment.run(code) == [["1.0"], 1]
    path = os.pathsep.join([str(environment.newer), *filter(None, [os.environ.get("PYTHONPATH")])])
    assert environment.run(code, PYTHONPATH=path) == [["2.0"], 2]


def test_plugins_that_take_our_names_spoil_nothing(environment, tmp_path):
    folder = str(tmp_path / "run")
    trained = environment.glassnet("train", "xor", "--epochs", "2", "--no-plots", "--json", "--out", folder)
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["epochs"] == 2
    for kind, name in (("command", "train"), ("dataset", "xor"), ("layer", "dense")):
        assert f"{kind} '{name}' is given by glassnet and by glassnet-shadow: glassnet's own is used" in trained.stderr
    assert "the shadow was imported" not in trained.stderr
    model = str(tmp_path / "run" / "model.safetensors")
    silent = environment.glassnet("evaluate", model, "xor", GLASSNET_PREFER="glassnet")
    assert silent.returncode == 0, silent.stderr
    assert "shadow" not in silent.stderr
    assert environment.glassnet("train", "xor", GLASSNET_PREFER="glassnet-shadow").returncode == 2


def test_after_uninstalling_the_name_is_unknown(environment):
    assert environment.run("result = gn.create('activation', 'uninstalled').forward(1)") == 1
    environment.pip("uninstall", "--yes", "glassnet-uninstalled")
    try:
        code = """
            try:
                gn.create("activation", "uninstalled")
            except gn.UnknownComponentError as error:
                result = str(error)
        """
        assert environment.run(code).startswith("unknown activation 'uninstalled'")
    finally:
        environment.pip(*OFFLINE, environment.newer.parent / "glassnet-uninstalled")
