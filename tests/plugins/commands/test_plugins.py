"""``glassnet plugins``."""

import json
import re
import sys

import pytest

from glassnet.registry.registry import Registry, registry

SHOUT = """
import glassnet as gn
class Shout(gn.Activation):
    def forward(self, x):
        return x
"""


@pytest.fixture
def with_site(site, monkeypatch):
    """Let the command see the distributions in `site`, as a fresh process would."""

    def look_again():
        monkeypatch.syspath_prepend(site)
        monkeypatch.setattr("glassnet_commands.plugins.registry", Registry())

    return look_again


@pytest.fixture
def terminal(monkeypatch):
    """``terminal(80)`` makes standard output a terminal of 80 columns without colours."""

    def of_width(columns):
        # Of all escape sequences, bold and the like are left; `plain` takes them out.
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    return of_width


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def rows(text):
    return [line.split() for line in text.splitlines()]


def test_every_component_is_listed_with_its_source_and_loads(glassnet):
    outcome = glassnet("plugins", "--check")
    assert outcome.code == 0
    header, *lines = rows(outcome.out)
    assert header == ["KIND", "NAME", "DIST", "VERSION", "TARGET", "STATUS"]
    assert all(len(line) == 6 for line in lines if line[0] != "accelerator")
    assert ["activation", "relu", "glassnet", registry.find("activation", "relu").version] == next(
        line[:4] for line in lines if line[:2] == ["activation", "relu"]
    )
    listed = {(line[0], line[1]) for line in lines}
    assert {("loss", "mse"), ("loss", "mean_squared_error"), ("command", "plugins"), ("dataset", "xor")} <= listed
    assert {line[0] for line in lines} <= set(registry.kinds)


@pytest.mark.parametrize("kind", ["activation", "activations"])
def test_a_kind_filters_in_singular_and_plural(glassnet, kind):
    lines = rows(glassnet("plugins", kind).out)[1:]
    assert {line[0] for line in lines} == {"activation"}
    assert {"relu", "sigmoid", "tanh", "softmax", "linear"} <= {line[1] for line in lines}


def test_an_unknown_kind_is_refused_with_a_suggestion(glassnet):
    outcome = glassnet("plugins", "activaton")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: unknown kind 'activaton', did you mean 'activation'?")


def test_json_is_one_object_with_a_record_for_each_component(glassnet):
    content = json.loads(glassnet("plugins", "dataset", "--json").out)
    xor = next(each for each in content["plugins"] if each["name"] == "xor")
    assert xor == {
        "kind": "dataset",
        "name": "xor",
        "dist": "glassnet",
        "version": registry.find("dataset", "xor").version,
        "target": "glassnet_datasets.xor:Xor",
        "status": "ok",
        "cause": None,
        "derives_backward": False,
        "note": "",
    }


def test_it_says_where_backward_is_derived(glassnet, distribution, with_site):
    written = SHOUT + "    def backward(self, dy, x, y):\n        return dy\n"
    distribution("glassnet-half", "1", {"activations": {"half": "half_module:Shout"}}, half_module=SHOUT)
    distribution("glassnet-whole", "1", {"activations": {"whole": "whole_module:Shout"}}, whole_module=written)
    with_site()

    lines = {line.split()[1]: line for line in glassnet("plugins", "activation").out.splitlines()}
    listed = json.loads(glassnet("plugins", "activation", "--json").out)["plugins"]

    assert lines["half"].split(maxsplit=6)[5:] == ["ok", "backward is derived from forward"]
    assert [name for name, line in lines.items() if "derived" in line] == ["half"]
    assert {each["name"] for each in listed if each["derives_backward"]} == {"half"}
    assert next(each for each in listed if each["name"] == "half")["cause"] is None


def test_a_terminal_says_where_backward_is_derived(glassnet, terminal, distribution, with_site):
    distribution("glassnet-half", "1", {"activations": {"half": "half_module:Shout"}}, half_module=SHOUT)
    with_site()
    terminal(160)

    assert "activation half from glassnet-half: backward is derived from forward" in plain(
        glassnet("plugins", "activation").out
    )


def test_a_broken_plugin_is_listed_with_its_cause_and_fails_the_check(glassnet, distribution, with_site):
    distribution(
        "glassnet-sad", "0.3", {"activations": {"sad": "sad_module:Sad"}}, sad_module="import not_there_at_all"
    )
    with_site()
    outcome = glassnet("plugins", "activation")
    assert outcome.code == 0
    sad = next(line for line in outcome.out.splitlines() if " sad " in line)
    assert sad.split()[:6] == ["activation", "sad", "glassnet-sad", "0.3", "sad_module:Sad", "broken"]
    assert "broken  ModuleNotFoundError: No module named 'not_there_at_all'" in sad
    assert next(line for line in rows(outcome.out) if line[1] == "relu")[5] == "ok"
    checked = glassnet("plugins", "--check")
    assert checked.code == 1
    assert "not_there_at_all" in checked.out
    as_json = json.loads(glassnet("plugins", "activation", "--json", "--check").out)
    assert [each["status"] for each in as_json["plugins"] if each["name"] == "sad"] == ["broken"]


def test_a_plugin_of_another_kind_is_broken(glassnet, distribution, with_site):
    distribution("glassnet-odd", "1", {"losses": {"odd": "odd_module:Shout"}}, odd_module=SHOUT)
    with_site()
    outcome = glassnet("plugins", "loss", "--check")
    assert outcome.code == 1
    (line,) = [line for line in outcome.out.splitlines() if " odd " in line]
    assert line.split()[5] == "broken"
    assert "activation" in line


def test_a_name_of_two_distributions_is_ambiguous_until_preferred(glassnet, distribution, with_site, monkeypatch):
    for name in ("one", "two"):
        distribution(
            f"shout-{name}", "1", {"activations": {"shout": f"shout_{name}:Shout"}}, **{f"shout_{name}": SHOUT}
        )
    monkeypatch.setenv("GLASSNET_DISABLE", "glassnet")
    with_site()

    def statuses():
        return {line[2]: line[5] for line in rows(glassnet("plugins", "activation").out) if line[1] == "shout"}

    assert statuses() == {"shout-one": "ambiguous", "shout-two": "ambiguous"}
    assert "'shout-one:shout' or 'shout-two:shout'" in glassnet("plugins", "activation").out
    assert glassnet("plugins", "activation", "--check").code == 0
    monkeypatch.setenv("GLASSNET_PREFER", "shout-two")
    assert statuses() == {"shout-one": "hidden", "shout-two": "ok"}


def test_what_is_disabled_is_not_listed(glassnet, distribution, with_site, monkeypatch):
    distribution(
        "glassnet-sad", "0.3", {"activations": {"sad": "sad_module:Sad"}}, sad_module="import not_there_at_all"
    )
    monkeypatch.setenv("GLASSNET_DISABLE", "glassnet-sad")
    with_site()
    assert "sad" not in glassnet("plugins").out


def test_what_a_plugin_prints_while_it_is_imported_is_kept_out_of_the_json(glassnet, distribution, with_site):
    distribution("loud", "1", {"activations": {"loud": "loud_module:Shout"}}, loud_module=f"print('hello')\n{SHOUT}")
    with_site()
    outcome = glassnet("plugins", "activation", "--json")
    assert "loud" in {each["name"] for each in json.loads(outcome.out)["plugins"]}
    assert outcome.err == "hello\n"


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_on_a_terminal_nothing_is_cut_off_and_no_line_is_too_long(glassnet, terminal, columns):
    terminal(columns)
    out = plain(glassnet("plugins").out)
    assert max(map(len, out.splitlines())) <= columns
    together = "".join(out.split())
    for entry in registry.entries():
        assert entry.name in together
        assert entry.target in together
    assert "…" not in out
    assert "ok" in out.splitlines()[-1]


def test_on_a_terminal_causes_stand_below_the_table(glassnet, terminal, distribution, with_site, monkeypatch):
    distribution(
        "glassnet-sad", "0.3", {"activations": {"sad": "sad_module:Sad"}}, sad_module="import not_there_at_all"
    )
    monkeypatch.setenv("GLASSNET_DISABLE", "glassnet")
    with_site()
    terminal(160)
    *table, totals = plain(glassnet("plugins", "activation").out).splitlines()
    cause = next(line for line in table if line.startswith("activation sad from glassnet-sad: "))
    assert "ModuleNotFoundError: No module named 'not_there_at_all'" in cause
    assert totals.endswith("1 broken")
