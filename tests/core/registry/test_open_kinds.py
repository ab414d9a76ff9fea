"""Kinds that other distributions declare: what works for glassnet's own kinds works for them."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import OptionError, PluginLoadError, UnknownComponentError, WrongKindError
from glassnet_commands.command_line import main
from glassnet_testing import check_component

EXAMPLE = Path(__file__).parents[3] / "examples" / "glassnet-corrupt"
KIND = """
import glassnet as gn

class Base(gn.Component):
    kind = "{name}"

KIND = gn.Kind("{name}", "{module}:Base", "{plural}")
"""


def kind(module, name, plural):
    return {module: KIND.format(module=module, name=name, plural=plural)}


@pytest.fixture
def corrupt(registry, install, monkeypatch):
    """The example glassnet-corrupt, as if it were installed."""
    groups = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    points = {
        f"{group.removeprefix('glassnet.')}/{name}": target
        for group, named in groups.items()
        for name, target in named.items()
    }
    install("glassnet-corrupt", points)
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield registry
    for name in [name for name in sys.modules if name.startswith("glassnet_corrupt")]:
        del sys.modules[name]


def test_a_kind_has_a_namespace_names_and_specs(corrupt):
    assert dir(gn.corruptions) == corrupt.names("corruption") == ["blank", "jitter"]
    assert repr(gn.corruptions) == "<corruptions: blank, jitter>"
    assert gn.create("corruption", "jitter(0.5)").strength == 0.5
    assert repr(gn.corruptions.blank(probability=1)) == "blank(probability=1.0)"
    assert "corruption" in corrupt.kinds


def test_the_module_of_a_kind_is_imported_when_it_is_needed(corrupt):
    gn.Network("dense(3) relu")
    assert corrupt.names("callback")
    assert "glassnet_corrupt" not in sys.modules
    corrupt.names("corruption")
    assert "glassnet_corrupt.kind" in sys.modules
    assert "glassnet_corrupt.corruption" not in sys.modules


def test_wrong_names_and_values_are_explained(corrupt):
    with pytest.raises(UnknownComponentError, match="unknown corruption 'blankk', did you mean 'blank'"):
        gn.create("corruption", "blankk")
    with pytest.raises(UnknownComponentError, match="unknown corruption 'relu': 'relu' is an activation"):
        gn.create("corruption", "relu")
    with pytest.raises(UnknownComponentError, match="unknown kind 'corrupton', did you mean 'corruption'"):
        gn.create("corrupton", "blank")
    with pytest.raises(OptionError, match="probability must be >= 0 and <= 1"):
        gn.corruptions.blank(probability=2)
    with pytest.raises(WrongKindError, match=r"call the class to make one: gn.corruptions.blank\(\)"):
        gn.create("corruption", gn.corruptions.blank)


def test_a_callback_takes_components_of_the_kind_as_an_option(corrupt):
    callback = gn.create("callback", "corrupt([blank, jitter(0.5)])")
    assert repr(callback) == "corrupt([blank, jitter(strength=0.5)])"
    x, y = np.ones((8, 4, 4, 1), np.float32), np.ones((8, 1), np.float32)
    history = gn.Network("flatten dense(1)").fit(x, y, loss="mse", optimizer="sgd", callbacks=[callback], epochs=2)
    assert len(history["loss"]) == 2
    with pytest.raises(UnknownComponentError, match="unknown corruption 'relu'"):
        gn.create("callback", "corrupt([relu])")


def test_commands_know_the_kind(corrupt, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["plugins", "corruption", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["plugins"]
    assert [(row["name"], row["status"], row["dist"]) for row in rows] == [
        ("blank", "ok", "glassnet-corrupt"),
        ("jitter", "ok", "glassnet-corrupt"),
    ]
    assert main(["plugins", "show", "kind:corruption"]) == 0
    assert "before a training step" in capsys.readouterr().out
    assert main(["plugins", "show", "corruption:jitter"]) == 0
    assert "standard deviation of the noise" in capsys.readouterr().out
    assert main(["new", "corruption", "crop"]) == 0
    project = tomllib.loads((tmp_path / "glassnet-crop" / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"glassnet.corruptions": {"crop": "glassnet_crop:Crop"}}
    assert "glassnet-corrupt>=1.0" in project["dependencies"]
    assert main(["check", "corruption:blank"]) == 0


def test_the_kit_runs_the_checks_that_the_kind_brings(corrupt):
    report = check_component("corruption:jitter")
    names = [outcome.check.name for outcome in report.outcomes]
    assert {"samples_stay_as_they_are", "spec_round_trip", "two_threads"} <= set(names)

    class Still(sys.modules["glassnet_corrupt.corruption"].Corruption):
        """Changes nothing. Source: by definition."""

        def apply(self, x, rng):
            return x

    with pytest.raises(AssertionError, match="another_seed_gives_another_batch"):
        check_component(Still)


# --- broken kinds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modules", "cause"),
    [
        ({"glassnet_bad": "1 / 0"}, "ZeroDivisionError"),
        ({"glassnet_bad": "KIND = 42"}, "it is 42, not a kind"),
        (kind("glassnet_bad", "another", "anothers"), "it declares the kind 'another'"),
        (kind("glassnet_bad", "bad", "layers"), "there is a kind 'layer' already"),
    ],
    ids=["raises", "no kind", "other name", "plural is taken"],
)
def test_a_broken_kind_is_listed_and_disturbs_nothing(registry, install, capsys, modules, cause):
    install("glassnet-bad", {"kinds/bad": "glassnet_bad:KIND", "bads/some": "glassnet_bad:Base"}, modules)
    assert "bad" not in registry.kinds
    assert gn.create("layer", "dense(3)").units == 3
    with pytest.raises(PluginLoadError) as caught:
        registry.kind("bad")
    assert cause in caught.value.cause
    assert main(["plugins", "--check", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["plugins"]
    broken = {row["kind"]: row["cause"] for row in rows if row["status"] == "broken"}
    assert broken.keys() == {"kind", "bads"}
    assert cause in broken["kind"]


def test_no_distribution_takes_a_kind_of_glassnet(registry, install):
    install("glassnet-bad", {"kinds/layer": "glassnet_bad:KIND"}, kind("glassnet_bad", "layer", "layerings"))
    assert registry.kind("layer").plural == "layers"
    (entry,) = (entry for entry in registry.entries("kind") if not entry.is_own)
    with pytest.raises(PluginLoadError, match="there is a kind 'layer' already"):
        registry.load(entry)


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ("layer", "'glassnet.layer', did you mean 'glassnet.layers'?"),
        ("activation", "'glassnet.activation', did you mean 'glassnet.activations'?"),
        ("kind", "'glassnet.kind', did you mean 'glassnet.kinds'?"),
        ("quux", "'glassnet.quux'; install the package that declares it"),
    ],
)
def test_a_misspelt_group_is_reported_with_the_right_one(registry, install, swish, capsys, group, told):
    install("glassnet-swish", {f"{group}/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    assert main(["plugins", "--check"]) == 1
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "glassnet-swish" in line)
    assert line.split()[:3] == [group, "swish", "glassnet-swish"]
    assert "broken" in line
    assert told in line
    assert "glassnet_swish" not in sys.modules


# --- formats -----------------------------------------------------------------------------------------------------

FORMAT = """
import numpy as np
import glassnet as gn

class Numbers(gn.Format):
    def save(self, network, path):
        np.savetxt(path, network.flat_parameters)

    def load(self, path):
        network = gn.Network("dense(2)").build((3,))
        network.flat_parameters[...] = np.loadtxt(path)
        return network
"""


def test_a_format_of_a_plugin_is_found_by_the_ending(registry, install, tmp_path):
    install("glassnet-numbers", {"formats/numbers": "glassnet_numbers:Numbers"}, {"glassnet_numbers": FORMAT})
    net = gn.Network("dense(2)").build((3,), seed=4)
    net.save(tmp_path / "net.numbers")
    assert len((tmp_path / "net.numbers").read_text().split()) == 8
    np.testing.assert_array_equal(gn.load(tmp_path / "net.numbers").flat_parameters, net.flat_parameters)
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(gn.load(tmp_path / "net").flat_parameters, net.flat_parameters)
    with pytest.raises(gn.FileError, match=r"models are written as safetensors, .*numbers.* or py .*net\.safetensors"):
        net.save(tmp_path / "net.h5")


def test_the_report_of_a_name_is_that_of_glassnet(registry, capsys):
    net = gn.Network("dense(2)").build((3,))
    net.summary()
    printed = capsys.readouterr().out
    gn.reports.summary().of(net)
    assert capsys.readouterr().out == printed != ""
