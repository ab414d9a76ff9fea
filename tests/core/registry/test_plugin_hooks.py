"""Plugins: modules with hooks, which may specify hooks for others and register components of many kinds."""

from __future__ import annotations

import json
import sys

import pytest

import glassnet as gn
from glassnet.errors import GlassnetWarning, PluginLoadError, UnknownComponentError
from glassnet.registry.plugins import plugin_hooks, plugins
from glassnet_commands.command_line import main

SPECIFIES = """
import pluggy
import glassnet as gn

class Hooks:
    @gn.hookspec
    def zoo_animals(self, cage):
        "Return the animals in a cage."

@gn.hookimpl
def glassnet_hookspecs():
    return Hooks
"""
IMPLEMENTS = """
import glassnet as gn

@gn.hookimpl
def zoo_animals(cage):
    return f"an ape in {cage}"
"""
REGISTERS = """
import glassnet as gn

class Half(gn.Activation):
    def forward(self, x):
        return x / 2

class Quiet(gn.Callback):
    pass

@gn.hookimpl
def glassnet_register(register):
    register("activation", "half", Half)
    register("callbacks", "quiet", Quiet)
"""


def plugin(install, name, source):
    module = f"glassnet_{name}"
    return install(f"glassnet-{name}", {f"plugins/{name}": module}, {module: source})


@pytest.mark.parametrize("names", [("a_zoo", "b_ape"), ("b_zoo", "a_ape")])
def test_a_plugin_specifies_hooks_for_others_in_any_order(registry, install, names):
    plugin(install, names[0], SPECIFIES)
    plugin(install, names[1], IMPLEMENTS)
    assert gn.plugin_hooks().zoo_animals(cage="the yard") == ["an ape in the yard"]


def test_a_component_may_implement_the_hook_of_a_plugin(registry, install, swish):
    plugin(install, "zoo", SPECIFIES)
    points = {"activations/swish": "glassnet_swish:Swish"}
    hook = "\n    @staticmethod\n    @gn.hookimpl\n    def zoo_animals(cage):\n        return 'a swan'\n"
    install("glassnet-swish", points, {"glassnet_swish": swish + hook})
    assert registry.resolve("activation", "swish")
    assert gn.plugin_hooks().zoo_animals(cage="the pond") == ["a swan"]


def test_one_call_registers_components_of_many_kinds(registry, install, capsys):
    plugin(install, "many", REGISTERS)
    assert repr(gn.create("layer", "half")) == "half"
    assert type(gn.create("callback", "glassnet-many:quiet")).__name__ == "Quiet"
    assert "half" in dir(gn.activations)
    assert registry.entry_of(gn.activations.half).distribution == "glassnet-many"
    assert main(["plugins", "activation", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["plugins"]}
    assert (rows["half"]["dist"], rows["half"]["target"]) == ("glassnet-many", "glassnet_many:Half")


def test_what_a_plugin_registers_can_be_saved_and_loaded(registry, install, tmp_path):
    plugin(install, "many", REGISTERS)
    gn.Network("dense(2) half").build((3,)).save(tmp_path / "net.safetensors")
    assert repr(gn.load(tmp_path / "net.safetensors").layers[1]) == "half"


def test_a_component_that_is_registered_under_a_wrong_kind_is_broken(registry, install):
    plugin(install, "many", REGISTERS.replace('register("activation"', 'register("loss"'))
    with pytest.raises(PluginLoadError, match="it is an activation"):
        registry.resolve("loss", "half")
    assert registry.resolve("callback", "quiet")


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero (glassnet_bad.py, line 1)"),
        (IMPLEMENTS, "unknown hook 'zoo_animals'"),
        (IMPLEMENTS.replace("zoo_animals(cage)", "glassnet_wrong_value(valu)"), "{'valu'}"),
        (IMPLEMENTS.replace("zoo_animals(cage)", "glassnet_registr(register)"), "did you mean 'glassnet_register'?"),
        (IMPLEMENTS.replace("zoo_animals(cage)", "glassnet_register(register)"), "NameError"),
        (SPECIFIES.replace("return Hooks", "return 3"), "ValueError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
    ids=["raises", "unspecified hook", "argument", "misspelt", "registers and fails", "specifies nothing", "exits"],
)
def test_a_broken_plugin_is_named_once_and_disturbs_nothing(registry, install, capsys, source, cause):
    plugin(install, "bad", source)
    plugin(install, "many", REGISTERS)
    with pytest.warns(GlassnetWarning) as caught:
        assert gn.create("activation", "half")
    assert len(caught) == 1
    assert "plugin 'bad' from glassnet-bad 1.0" in str(caught[0].message)
    assert cause in str(caught[0].message)
    assert not registry.plugins.has_plugin("plugin:glassnet-bad/bad")
    with pytest.raises(PluginLoadError, match="glassnet-bad"):
        registry.resolve("plugin", "bad")
    assert main(["plugins", "--check", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["plugins"]
    assert [(row["kind"], row["name"]) for row in rows if row["status"] == "broken"] == [("plugin", "bad")]


def test_a_plugin_that_is_switched_off_is_not_imported(registry, install, monkeypatch):
    plugin(install, "many", REGISTERS)
    for switched in ("glassnet-many", "many"):
        monkeypatch.setenv("GLASSNET_DISABLE", f"hints,{switched}")
        with pytest.raises(UnknownComponentError, match="unknown activation 'half'"):
            gn.create("activation", "half")
    assert "glassnet_many" not in sys.modules


def test_without_hints_a_mistake_has_its_plain_message(registry, monkeypatch):
    monkeypatch.setenv("GLASSNET_DISABLE", "hints")
    with pytest.raises(
        UnknownComponentError, match=r"^unknown layer 'dens', did you mean 'dense'\? \(installed: [^;]*\)$"
    ):
        gn.create("layer", "dens")
    with pytest.raises(AttributeError, match="Network has no attribute 'sumary', did you mean 'summary'"):
        _ = gn.Network("dense(3)").sumary
    with pytest.raises(AttributeError, match="module 'glassnet' has no attribute 'Netwrk', did you mean 'Network'"):
        _ = gn.Netwrk
    with pytest.raises(gn.OptionError, match="adam has no option 'l', did you mean 'lr'"):
        gn.create("optimizer", "adam(l=3)")
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        gn.create("layer")
    with pytest.raises(gn.OptionError, match="relu is not a function of arrays"):
        gn.layers.relu()(3)


def test_public_names_are_said_once_for_types_and_once_for_plugins():
    """The stub tells type checkers what the entry points tell the program."""
    for name in gn.__all__:
        assert getattr(gn, name) is not None, name


def test_a_plugin_gives_the_package_a_public_name(registry, install):
    install("glassnet-name", {"names/Answer": "glassnet_name:ANSWER"}, {"glassnet_name": "ANSWER = 42"})
    assert gn.Answer == 42
    assert "Answer" not in vars(gn)


def test_a_public_name_that_is_broken_says_whose_it_is(registry, install):
    install("glassnet-name", {"names/Answer": "glassnet_name:ANSWER"}, {"glassnet_name": "1 / 0"})
    with pytest.raises(PluginLoadError, match=r"glassnet-name 1\.0"):
        _ = gn.Answer


def test_a_plugin_gives_networks_a_method(registry, install):
    source = "def width(network, times=1):\n    return network.output_shape[0] * times"
    install("glassnet-width", {"methods/width": "glassnet_width:width"}, {"glassnet_width": source})
    net = gn.Network("dense(3)").build(2)
    assert net.width(times=2) == 6
    assert "width" in dir(net)
    assert "width" not in vars(net)


def test_a_method_that_is_broken_says_whose_it_is(registry, install):
    install("glassnet-width", {"methods/width": "glassnet_width:width"}, {"glassnet_width": "1 / 0"})
    with pytest.raises(PluginLoadError, match=r"glassnet-width 1\.0"):
        gn.Network("dense(3)").width()


def test_a_method_of_a_disabled_plugin_does_not_exist(registry, install, monkeypatch):
    monkeypatch.setenv("GLASSNET_DISABLE", "reports")
    with pytest.raises(AttributeError, match="Network has no attribute 'summary'"):
        gn.Network("dense(3)").summary()


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("def begin(groups):\n    raise RuntimeError('too early')\n", "too early"),
        ("def begin(groups):\n    raise SystemExit\n", "SystemExit"),
        ("raise ImportError('no such library')\n", "no such library"),
        ("begin = 3\n", "not callable"),
    ],
)
def test_a_startup_that_fails_is_named_and_disturbs_nothing(registry, install, source, cause):
    install("glassnet-early", {"startup/early": "glassnet_early:begin"}, {"glassnet_early": source})
    with pytest.warns(GlassnetWarning, match=cause) as warned:
        assert "dense" in registry.names("layer")
    assert len(warned) == 1
    assert "glassnet-early" in str(warned[0].message)


def test_a_hook_of_another_plugin_is_optional_so_that_this_may_be_off():
    hooks = plugin_hooks()
    ours = [each for each in plugins.get_plugins() if getattr(each, "__name__", "").startswith("glassnet_")]
    others = 0
    for plugin in ours:
        for caller in plugins.get_hookcallers(plugin):
            specified_by = getattr(hooks, caller.name).spec.namespace.__module__.partition(".")[0]
            if specified_by not in ("glassnet", plugin.__name__.partition(".")[0]):
                others += 1
                mine = [each for each in caller.get_hookimpls() if each.plugin is plugin]
                assert all(each.optionalhook for each in mine), f"{plugin.__name__}: {caller.name}"
    assert others >= 4
