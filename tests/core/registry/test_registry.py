"""The registry: names, the components behind them, and what goes wrong between the two."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import glassnet as gn
from glassnet import errors
from glassnet.errors import AmbiguousComponentError, PluginLoadError, SpecError, UnknownComponentError, WrongKindError
from glassnet.registry.registry import registry as all_components
from glassnet.support.distributions import describe
from glassnet_commands.command_line import main

# Kinds whose components are imported when they are used.
COMPONENTS = [kind for kind in all_components.kinds.values() if kind.name not in ("kind", "plugin")]

IDENTITY = """
    import glassnet as gn

    class {name}(gn.Activation):
        def forward(self, x):
            return x * 1

        def backward(self, dy, x, y):
            return dy
"""


def identity(name):
    return IDENTITY.format(name=name)


class Mine(gn.Activation):
    """An activation of this session."""


class Theirs(gn.Activation):
    """Another one."""


class Cost(gn.Loss):
    """A loss."""


# --- nothing is imported before it is used -----------------------------------------------------------------------


def test_a_plugin_is_imported_when_it_is_used_and_not_before(registry, install, swish):
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    assert "swish" in registry.names("activation")
    assert registry.has("activation", "swish")
    assert registry.find("activation", "swish").target == "glassnet_swish:Swish"
    assert "glassnet_swish" not in sys.modules
    assert registry.resolve("activation", "swish").__name__ == "Swish"
    assert "glassnet_swish" in sys.modules


def test_pluggy_has_a_loaded_plugin_by_kind_distribution_and_name(registry, install, swish):
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    component = registry.resolve("activation", "swish")
    assert registry.plugins.project_name == "glassnet"
    assert registry.plugins.get_plugin("activation:glassnet-swish/swish") is component
    assert registry.plugins.get_plugin("command:glassnet/plugins") is None
    command = registry.resolve("command", "plugins")
    assert registry.plugins.get_plugin("command:glassnet/plugins") is command


def test_a_component_is_loaded_once(registry, install):
    hook = "@gn.hookimpl\ndef glassnet_component():\n    return type('A', (gn.Activation,), {})\n"
    source = f"import glassnet as gn\n\n{hook}"
    install("glassnet-a", {"activations/a": "glassnet_a", "activations/also_a": "glassnet_a"}, {"glassnet_a": source})
    assert registry.resolve("activation", "a") is registry.resolve("activation", "a")
    assert registry.resolve("activation", "also_a") is registry.resolve("activation", "a")


def test_an_activation_is_a_layer_and_not_the_other_way_round(registry):
    assert registry.resolve("layer", "relu") is registry.resolve("activation", "relu")
    with pytest.raises(UnknownComponentError):
        registry.resolve("activation", "dense")


def test_help_imports_none_of_fifty_plugins(registry, install, capsys):
    kinds = COMPONENTS
    for number in range(50):
        points = {f"{kinds[number % len(kinds)].plural}/unused_{number}": f"unused_{number}:Unused"}
        install(f"glassnet-unused-{number}", points, {f"unused_{number}": "raise AssertionError('imported')"})
    commands = [number for number in range(50) if kinds[number % len(kinds)].name == "command"]
    assert commands
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for number in commands:
        assert f"unused_{number} " in shown
        assert f"from glassnet-unused-{number} 1.0" in shown
    assert not [name for name in sys.modules if name.startswith("unused_")]


def test_importing_glassnet_does_not_even_look_for_plugins():
    code = "import sys, glassnet; print(sorted({'numpy', 'pluggy', 'importlib_metadata', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# --- hooks ---------------------------------------------------------------------------------------------------------


def test_a_module_may_give_its_component_through_the_hook(registry, install):
    source = """
        import glassnet as gn

        @gn.hookimpl
        def glassnet_component():
            class Made(gn.Activation):
                pass
            return Made
    """
    install("glassnet-made", {"activations/made": "glassnet_made"}, {"glassnet_made": source})
    assert registry.resolve("activation", "made").__name__ == "Made"
    assert registry.resolve("activation", "made") is registry.resolve("activation", "made")


def test_an_object_may_give_its_component_through_the_hook(registry, install, swish):
    factory = "class Factory:\n    @gn.hookimpl\n    def glassnet_component(self):\n        return Swish\n\n"
    source = f"{swish}\n{factory}factory = Factory()\n"
    install("glassnet-made", {"activations/made": "glassnet_made:factory"}, {"glassnet_made": source})
    assert registry.resolve("activation", "made").__name__ == "Swish"


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        ("@gn.hookimpl\ndef glassnet_componnt():\n    return Swish", "unknown hook 'glassnet_componnt'"),
        ("@gn.hookimpl\ndef glassnet_component(kind):\n    return Swish", "{'kind'}"),
        ("def glassnet_component():\n    return Swish", "no glassnet_component() marked with @gn.hookimpl"),
        ("@gn.hookimpl\ndef glassnet_component():\n    return 42", "it is 42, not an activation"),
        ("@gn.hookimpl\ndef glassnet_component():\n    1 / 0", "ZeroDivisionError: division by zero (glassnet_bad.py,"),
        ("@gn.hookimpl\ndef glassnet_component():\n    raise SystemExit(3)", "SystemExit: 3"),
    ],
    ids=["misspelt", "argument", "unmarked", "wrong result", "raises", "exits"],
)
def test_a_hook_that_is_wrong_breaks_its_plugin_and_no_other(registry, install, swish, function, cause):
    install("glassnet-bad", {"activations/bad": "glassnet_bad"}, {"glassnet_bad": swish + "\n" + function + "\n"})
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    for _ in range(2):  # what failed once leaves nothing behind
        with pytest.raises(PluginLoadError) as caught:
            registry.resolve("activation", "bad")
        assert cause in caught.value.cause
        assert "\n" not in str(caught.value)
    assert [name for name, _ in registry.plugins.list_name_plugin() if not name.startswith("plugin:glassnet/")] == []
    registry.plugins.check_pending()
    assert registry.resolve("activation", "swish").__name__ == "Swish"


def test_an_object_that_cannot_be_compared_breaks_nothing_but_itself(registry, install, swish):
    source = "import numpy as np\nfirst = np.zeros((3, 300))\nsecond = np.zeros(1)\n"
    points = {"activations/first": "some_arrays:first", "activations/second": "some_arrays:second"}
    install("glassnet-arrays", points, {"some_arrays": source})
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    for name in ("second", "first", "second"):
        with pytest.raises(PluginLoadError, match=r"^[^\n]{1,400}$") as caught:
            registry.resolve("activation", name)
        assert "it is array([" in caught.value.cause
        assert "not an activation" in caught.value.cause
        assert registry.resolve("activation", "relu")
    assert registry.resolve("activation", "swish").__name__ == "Swish"


def test_a_plugin_under_a_second_kind_still_serves_the_first(registry, install, swish):
    points = {"activations/swish": "glassnet_swish:Swish", "losses/swish": "glassnet_swish:Swish"}
    install("glassnet-swish", points, {"glassnet_swish": swish})
    for _ in range(2):
        with pytest.raises(PluginLoadError, match=r"belongs into the group glassnet\.activations"):
            registry.resolve("loss", "swish")
        assert registry.resolve("activation", "swish").__name__ == "Swish"


# --- several distributions with one name ---------------------------------------------------------------------------


@pytest.fixture
def twins(install):
    install("glassnet-one", {"activations/twin": "glassnet_one:One"}, {"glassnet_one": identity("One")})
    install("glassnet-two", {"activations/twin": "glassnet_two:Two"}, {"glassnet_two": identity("Two")})


def test_a_name_that_two_distributions_give_is_refused_with_both_ways_out(registry, twins):
    with pytest.raises(AmbiguousComponentError) as caught:
        registry.resolve("activation", "twin")
    assert str(caught.value) == (
        "activation 'twin' is given by glassnet-one and by glassnet-two: "
        "write 'glassnet-one:twin' or 'glassnet-two:twin', or set GLASSNET_PREFER=glassnet-one"
    )
    with pytest.raises(AmbiguousComponentError):
        gn.Network("dense(2) twin")
    assert "glassnet_one" not in sys.modules


@pytest.mark.parametrize("qualifier", ["glassnet-two", "Glassnet_Two", "glassnet.two"])
def test_a_qualified_name_picks_one_however_the_distribution_is_spelt(registry, twins, qualifier):
    assert registry.resolve("activation", f"{qualifier}:twin").__name__ == "Two"
    assert type(registry.create("layer", f"{qualifier}:twin")).__name__ == "Two"
    assert "glassnet_one" not in sys.modules


@pytest.mark.parametrize(("prefer", "chosen"), [("glassnet-two", "Two"), ("other, glassnet_ONE,glassnet-two", "One")])
def test_the_first_preferred_distribution_is_taken(registry, twins, monkeypatch, prefer, chosen):
    monkeypatch.setenv("GLASSNET_PREFER", prefer)
    assert registry.resolve("activation", "twin").__name__ == chosen


@pytest.mark.parametrize("prefer", ["", "glassnet-one", "glassnet-two"])
def test_an_ambiguous_name_is_written_with_its_distribution(registry, twins, monkeypatch, prefer):
    monkeypatch.setenv("GLASSNET_PREFER", prefer)
    for distribution in ("glassnet-one", "glassnet-two"):
        component = registry.create("activation", f"{distribution}:twin")
        assert repr(component) == f"{distribution}:twin"
        assert type(registry.create("layer", repr(component))) is type(component)


def test_a_model_file_brings_an_ambiguous_component_back(registry, twins, tmp_path):
    net = gn.Network(["dense(2)", "glassnet-two:twin"]).build((3,))
    net.save(tmp_path / "model.safetensors")
    assert type(gn.load(tmp_path / "model.safetensors").layers[1]).__name__ == "Two"


def test_a_layer_and_an_activation_of_two_distributions_are_ambiguous(registry, install, swish):
    install("glassnet-one", {"activations/both": "glassnet_one:Swish"}, {"glassnet_one": swish})
    layer = "import glassnet as gn\nclass Both(gn.Layer): pass\n"
    install("glassnet-two", {"layers/both": "glassnet_two:Both"}, {"glassnet_two": layer})
    assert registry.resolve("activation", "both").__name__ == "Swish"
    with pytest.raises(AmbiguousComponentError, match="glassnet-one and by glassnet-two"):
        registry.resolve("layer", "both")
    assert registry.resolve("layer", "glassnet-one:both").__name__ == "Swish"
    assert repr(registry.create("activation", "both")) == "glassnet-one:both"


def test_of_one_distribution_the_layer_goes_before_the_activation(registry, install, swish):
    source = swish + "\nclass Both(gn.Layer): pass\n"
    points = {"activations/both": "glassnet_a:Swish", "layers/both": "glassnet_a:Both"}
    install("glassnet-a", points, {"glassnet_a": source})
    assert registry.resolve("activation", "both").__name__ == "Swish"
    assert registry.resolve("layer", "both").__name__ == "Both"


def test_identical_targets_are_one_component(registry, install, swish):
    install("glassnet-one", {"activations/same": "shared_swish:Swish"}, {"shared_swish": swish})
    install("glassnet-two", {"activations/same": "shared_swish : Swish [fast]"})
    assert registry.resolve("activation", "same").__name__ == "Swish"
    assert registry.resolve("activation", "glassnet-two:same") is registry.resolve("activation", "glassnet-one:same")
    assert repr(registry.create("activation", "same")) == "same"


def test_who_lists_a_component_of_glassnet_again_changes_nothing(registry, install):
    install("glassnet-again", {"activations/relu": "glassnet_activations.relu:Relu"})
    assert registry.find("activation", "relu").is_own
    relu = registry.resolve("activation", "glassnet-again:relu")
    assert registry.resolve("activation", "relu") is relu
    assert repr(relu()) == "relu"
    assert registry.entry_of(relu).is_own


def test_a_distribution_that_gives_a_name_twice_is_named(registry, install, swish, monkeypatch):
    monkeypatch.setenv("GLASSNET_PREFER", "glassnet-a")
    folder = install("glassnet-a", {}, {"glassnet_a": swish + "\nclass B(Swish): pass\n"})
    points = folder / "glassnet_a-1.0.dist-info" / "entry_points.txt"
    points.write_text("[glassnet.activations]\na = glassnet_a:Swish\na = glassnet_a:B\n")
    with pytest.raises(AmbiguousComponentError, match=r"twice by glassnet-a \(glassnet_a:B and glassnet_a:Swish\)"):
        registry.resolve("activation", "a")
    first, second = (entry for entry in registry.entries("activation") if entry.name == "a")
    registry.load(first)
    with pytest.raises(PluginLoadError, match="gives the name twice"):
        registry.load(second)


# --- plugins that shadow what ships with glassnet --------------------------------------------------------------------


@pytest.fixture
def shadow(install):
    install("glassnet-shadow", {"activations/relu": "glassnet_shadow:Other"}, {"glassnet_shadow": identity("Other")})


def test_a_plugin_takes_no_name_from_glassnet_and_that_is_said(registry, shadow):
    with pytest.warns(gn.GlassnetWarning) as caught:
        assert registry.resolve("activation", "relu").__module__ == "glassnet_activations.relu"
    assert [str(each.message) for each in caught] == [
        "activation 'relu' is given by glassnet and by glassnet-shadow: glassnet's own is used; "
        "for the other write 'glassnet-shadow:relu' or set GLASSNET_PREFER=glassnet-shadow, "
        "or set GLASSNET_PREFER=glassnet to be told no more"
    ]
    assert "glassnet_shadow" not in sys.modules


def test_what_shadows_is_used_when_it_is_asked_for_and_nothing_is_said(registry, shadow, monkeypatch):
    assert registry.resolve("activation", "glassnet-shadow:relu").__name__ == "Other"
    assert registry.resolve("activation", "glassnet:relu").__name__ == "Relu"
    monkeypatch.setenv("GLASSNET_PREFER", "glassnet-shadow")
    assert registry.resolve("activation", "relu").__name__ == "Other"
    monkeypatch.setenv("GLASSNET_PREFER", "glassnet")
    assert registry.resolve("activation", "relu").__name__ == "Relu"


def test_a_layer_cannot_take_the_name_of_an_activation_of_glassnet(registry, install):
    layer = "import glassnet as gn\nclass Other(gn.Layer): pass\n"
    install("glassnet-shadow", {"layers/relu": "glassnet_shadow:Other"}, {"glassnet_shadow": layer})
    with pytest.warns(gn.GlassnetWarning, match="glassnet's own is used"):
        assert registry.resolve("layer", "relu").__name__ == "Relu"


def test_the_bare_name_is_written_for_what_it_means_without_settings(registry, shadow, monkeypatch):
    own, other = (registry.create("activation", f"{each}:relu") for each in ("glassnet", "glassnet-shadow"))
    assert (repr(own), repr(other)) == ("relu", "glassnet-shadow:relu")
    monkeypatch.setenv("GLASSNET_PREFER", "glassnet-shadow")
    assert (repr(own), repr(other)) == ("glassnet:relu", "glassnet-shadow:relu")


def test_the_place_of_a_fault_is_a_line_of_the_plugin():
    """A plugin's folder beside glassnet's has a name that starts like it."""
    file = Path(errors.__file__).parent.with_name("glassnet_swish") / "inner.py"
    with pytest.raises(ZeroDivisionError) as caught:
        exec(compile("\n\n1 / 0", file, "exec"))
    assert describe(caught.value) == "ZeroDivisionError: division by zero (inner.py, line 3)"


# --- what the environment switches off -------------------------------------------------------------------------------


def test_a_disabled_distribution_gives_nothing_and_the_error_says_why(registry, install, swish, monkeypatch):
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    monkeypatch.setenv("GLASSNET_DISABLE", "something-else, Glassnet_Swish")
    assert "swish" not in registry.names("activation")
    with pytest.raises(UnknownComponentError, match="glassnet-swish gives it, and GLASSNET_DISABLE"):
        registry.resolve("activation", "swish")
    assert registry.resolve("activation", "relu")


def test_autoload_0_leaves_what_ships_with_glassnet(registry, install, swish, monkeypatch):
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    monkeypatch.setenv("GLASSNET_AUTOLOAD", "0")
    assert {entry.distribution for entry in registry.entries()} == {"glassnet"}
    assert "relu" in registry.names("activation")


def test_strict_fails_at_any_use_until_nothing_is_broken(registry, install, monkeypatch):
    monkeypatch.setenv("GLASSNET_STRICT", "1")
    monkeypatch.setenv("GLASSNET_DISABLE", "glassnet")
    folder = install("glassnet-bad", {"activations/bad": "glassnet_bad:Bad"}, {"glassnet_bad": "1 / 0"})
    for _ in range(2):
        with pytest.raises(PluginLoadError, match="ZeroDivisionError"):
            registry.names("optimizer")
    (folder / "glassnet_bad.py").write_text("import glassnet as gn\nclass Bad(gn.Activation): pass  # mended\n")
    assert registry.names("optimizer") == []


# --- what a plugin needs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requires", "works"),
    [
        ("glassnet>=0.0.1", True),
        ("Glassnet (>=0.0.1)", True),
        ("glassnet>=99", False),
        ("glassnet[extra]>=99", False),
        ('glassnet>=99; python_version < "3"', True),
        ('glassnet>=99; extra == "next"', True),
        ("glassnet<0.0.1", False),
        ("glassnet-swish-models>=99", True),
    ],
)
def test_what_needs_another_glassnet_is_refused_before_it_is_imported(registry, install, swish, requires, works):
    points = {"activations/swish": "glassnet_swish:Swish"}
    install("glassnet-swish", points, {"glassnet_swish": swish}, requires=["numpy", requires])
    if works:
        assert registry.resolve("activation", "swish")
    else:
        with pytest.raises(PluginLoadError, match=r"it needs glassnet[<>]=?[0-9.]+, and this is glassnet \d"):
            registry.resolve("activation", "swish")
        assert "glassnet_swish" not in sys.modules


def test_a_requirement_that_cannot_be_read_breaks_its_plugin(registry, install, swish):
    points = {"activations/swish": "glassnet_swish:Swish"}
    install("glassnet-swish", points, {"glassnet_swish": swish}, requires=["not a requirement !"])
    with pytest.raises(PluginLoadError, match="InvalidRequirement"):
        registry.resolve("activation", "swish")


def test_a_plugin_that_uses_a_broken_one_is_named_itself(registry, install, swish):
    install("glassnet-bad", {"activations/bad": "glassnet_bad:Bad"}, {"glassnet_bad": "1 / 0"})
    user = swish + '\ngn.create("activation", "bad")\n'
    install("glassnet-user", {"activations/user": "glassnet_user:Swish"}, {"glassnet_user": user})
    with pytest.raises(PluginLoadError) as caught:
        registry.resolve("activation", "user")
    assert caught.value.distribution == "glassnet-user"
    assert "activation 'bad' from glassnet-bad 1.0" in caught.value.cause


def test_an_import_that_is_interrupted_is_interrupted(registry, install):
    install("glassnet-a", {"activations/a": "glassnet_a:A"}, {"glassnet_a": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        registry.resolve("activation", "a")


# --- unknown names ---------------------------------------------------------------------------------------------------


def test_an_unknown_name_comes_with_the_nearest_and_all_installed(registry):
    with pytest.raises(UnknownComponentError) as caught:
        registry.resolve("optimizer", "admm")
    assert str(caught.value).startswith("unknown optimizer 'admm', did you mean 'adam'? (installed: ")
    for name in registry.names("optimizer"):
        assert name in str(caught.value)
    assert isinstance(caught.value, KeyError)


def test_of_very_many_names_some_are_listed(registry, install):
    install("glassnet-many", {f"metrics/m{n:03}": f"many:M{n}" for n in range(200)})
    count = len(registry.names("metric"))
    with pytest.raises(UnknownComponentError, match=f"and {count - 60} more") as caught:
        registry.resolve("metric", "zzz")
    assert len(str(caught.value)) < 1500


def test_a_name_that_another_distribution_has_says_which(registry):
    with pytest.raises(UnknownComponentError, match="'relu' is given by glassnet"):
        registry.resolve("activation", "glassnet-swish:relu")


def test_an_unknown_kind_is_named_with_the_nearest(registry):
    for use in (registry.names, registry.entries, lambda kind: registry.create(kind, "relu")):
        with pytest.raises(UnknownComponentError, match="unknown kind 'activaton', did you mean 'activation'"):
            use("activaton")


@pytest.mark.parametrize(
    ("bad", "good"),
    [("soft-step", "soft_step"), ("SoftStep", "soft_step"), ("2soft", "soft"), ("soft.step-", "soft_step")],
)
def test_a_name_that_no_spec_can_hold_gets_a_better_one(registry, install, swish, bad, good):
    install("glassnet-bad", {f"activations/{bad}": "glassnet_bad:Swish"}, {"glassnet_bad": swish})
    assert bad not in registry.names("activation")
    (entry,) = (entry for entry in registry.entries("activation") if entry.distribution == "glassnet-bad")
    with pytest.raises(PluginLoadError, match=rf"\(got {bad!r}\); call it {good!r}"):
        registry.load(entry)
    with pytest.raises(UnknownComponentError, match=rf"glassnet-bad has it: .*call it {good!r}"):
        registry.resolve("activation", good)


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_class_registered_by_hand_is_used_by_its_name_everywhere(registry):
    gn.register("activation", "mine", Mine)
    assert isinstance(registry.create("layer", "mine"), Mine)
    assert repr(Mine()) == "mine"
    assert "mine" in dir(gn.activations)
    assert registry.entry_of(Mine).distribution == "by-hand"
    registry.unregister("activation", "mine")
    assert not registry.has("activation", "mine")


def test_registering_a_name_again_replaces_it(registry):
    gn.register("activations", "mine", Theirs)
    gn.register("activation", "mine", Mine)
    assert registry.resolve("activation", "mine") is Mine


def test_a_class_registered_twice_is_written_by_its_newest_name(registry):
    for name in ("mine", "newer", "mine"):
        gn.register("activation", name, Mine)
    assert repr(Mine()) == "mine"


def test_a_name_by_hand_hides_what_is_installed_until_the_block_ends(registry):
    relu = registry.create("activation", "relu")
    with gn.registered("activation", "relu", Mine):
        assert registry.resolve("activation", "relu") is Mine
        assert registry.resolve("layer", "relu") is Mine
        assert repr(relu) == "glassnet:relu"
        assert type(registry.create("layer", repr(relu))) is type(relu)
    assert registry.resolve("activation", "relu") is type(relu)
    assert repr(relu) == "relu"


def test_blocks_may_be_nested_and_left_by_an_exception(registry):
    with gn.registered("activation", "mine", Mine):
        with suppress(ZeroDivisionError), gn.registered("activation", "mine", Theirs):
            assert registry.resolve("activation", "mine") is Theirs
            raise ZeroDivisionError
        assert registry.resolve("activation", "mine") is Mine
    assert not registry.has("activation", "mine")


def test_a_block_whose_name_was_taken_back_inside_ends_well(registry):
    with gn.registered("activation", "mine", Mine):
        registry.unregister("activation", "mine")
    assert not registry.has("activation", "mine")


@pytest.mark.parametrize("name", ["Mine", "my-act", "", "2mine", "mine one", "_mine", "a:b", "mine\n"])
def test_a_name_by_hand_is_an_identifier_in_lower_case(registry, name):
    with pytest.raises(SpecError, match="lower-case letters, digits and underscores"):
        gn.register("activation", name, Mine)


@pytest.mark.parametrize("component", [Cost, Mine(), 42, None])
def test_what_is_of_another_kind_is_not_registered(registry, component):
    with pytest.raises(WrongKindError, match=r"cannot register .* as an activation"):
        gn.register("activation", "mine", component)
    assert not registry.has("activation", "mine")


# --- creating and naming ---------------------------------------------------------------------------------------------


def test_names_specs_and_instances_are_interchangeable(registry):
    adam = registry.create("optimizer", "adam(lr=0.25)")
    assert registry.create("optimizer", adam) is adam
    assert registry.create("optimizers", "adam").options == type(adam)().options
    assert adam.lr == 0.25


@pytest.mark.parametrize("given", [42, None, ["adam"], Cost()])
def test_anything_else_is_refused_as_a_type_error(registry, given):
    with pytest.raises(WrongKindError, match="expected an optimizer as a name, a spec or an instance, got"):
        registry.create("optimizer", given)
    assert issubclass(WrongKindError, TypeError)


def test_a_class_in_place_of_an_instance_gets_the_hint_that_mends_it(registry):
    with pytest.raises(WrongKindError, match=r"call the class to make one: gn.optimizers.adam\(\)"):
        registry.create("optimizer", gn.optimizers.adam)


@pytest.mark.parametrize(
    ("kind", "alias", "name"),
    [("loss", "mse", "mean_squared_error"), ("initializer", "xavier_uniform", "glorot_uniform")],
)
def test_a_component_made_by_an_alias_is_written_by_its_own_name(registry, kind, alias, name):
    assert repr(registry.create(kind, alias)) == name


def test_a_class_that_nobody_registered_is_written_like_its_class(registry):
    assert registry.entry_of(Mine) is None
    assert repr(Mine()) == "mine"


def test_a_class_imported_by_hand_is_known_to_the_registry(registry, install, swish):
    points = {"activations/silky": "glassnet_swish:Swish"}
    modules = {"glassnet_swish/__init__": "from glassnet_swish.inner import Swish", "glassnet_swish/inner": swish}
    install("glassnet-swish", points, modules)
    from glassnet_swish import Swish

    assert registry.entry_of(Swish).distribution == "glassnet-swish"
    assert repr(Swish(beta=2)) == "silky(beta=2.0)"


# --- damaged metadata ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"[glassnet.activations]\nthis is not an entry point\n", b"\xff\xfe\x00"])
def test_unreadable_entry_points_leave_out_one_distribution(registry, install, swish, content):
    install("glassnet-swish", {"activations/swish": "glassnet_swish:Swish"}, {"glassnet_swish": swish})
    folder = install("glassnet-damaged", {})
    (folder / "glassnet_damaged-1.0.dist-info" / "entry_points.txt").write_bytes(content)
    with pytest.warns(gn.GlassnetWarning, match="glassnet_damaged-1.0.dist-info.* are damaged .*left out"):
        names = registry.names("activation")
    assert {"swish", "relu"} <= set(names)
    assert registry.resolve("activation", "swish").__name__ == "Swish"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Name: glassnet-odd\n"])
def test_metadata_that_cannot_be_read_spoil_no_listing(registry, install, swish, content):
    folder = install("glassnet-odd", {"activations/odd": "glassnet_odd:Swish"}, {"glassnet_odd": swish})
    (folder / "glassnet_odd-1.0.dist-info" / "METADATA").write_bytes(content)
    (entry,) = (entry for entry in registry.entries("activation") if entry.name == "odd")
    assert "odd" in entry.distribution
    assert entry.version
    assert registry.resolve("activation", "relu")


@pytest.mark.parametrize("target", ["glassnet_bad", "glassnet_bad:", "not a target", "glassnet_bad:A.B", "", "..:x"])
def test_a_target_that_names_nothing_breaks_its_plugin(registry, install, target):
    install("glassnet-bad", {"activations/bad": target}, {"glassnet_bad": "class A: pass"})
    with pytest.raises(PluginLoadError):
        registry.resolve("activation", "bad")
    assert registry.resolve("activation", "relu")
