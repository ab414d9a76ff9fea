"""What the error for an unknown name says about editable checkouts."""

from __future__ import annotations

import sys

import pytest

from glassnet.errors import UnknownComponentError
from glassnet.registry.registry import registry
from glassnet_hints.editable_installs import reinstall_hint

PYPROJECT = """
[project]
name = "glassnet-dev"
[project.entry-points."glassnet.activations"]
present = "glassnet_dev.present:Present"
{more}
"""


@pytest.fixture
def checkout(tmp_path, install, monkeypatch):
    """An editable checkout with one component that is installed; return a function that develops it further."""
    root = tmp_path / "check out"  # a space, which its address has in another form
    package = root / "src" / "glassnet_dev"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported only to look')")
    (package / "present.py").write_text("")
    monkeypatch.syspath_prepend(str(root / "src"))
    install("glassnet-dev", {"activations/present": "glassnet_dev.present:Present"}, checkout=root)

    def develop(more="", file=None):
        (root / "pyproject.toml").write_text(PYPROJECT.format(more=more))
        if file is not None:
            (package / file).write_text("")
        return root

    develop()
    return develop


def unknown(registry, kind, name):
    with pytest.raises(UnknownComponentError) as caught:
        registry.resolve(kind, name)
    return str(caught.value)


def test_a_later_entry_point_waits_for_a_reinstall(registry, checkout):
    root = checkout(more='added = "glassnet_dev.added:Added"')
    project = root / "pyproject.toml"
    expected = f"; {project} declares it and was installed before it did: run pip install -e '{root}' again"
    assert unknown(registry, "activation", "added").endswith(expected)
    assert unknown(registry, "layer", "added").endswith(expected)
    assert "declares it" not in unknown(registry, "loss", "added")
    assert "glassnet_dev" not in sys.modules


def test_a_module_without_an_entry_point_is_named(registry, checkout):
    root = checkout(file="added.py")
    assert unknown(registry, "activation", "added").endswith(
        f"; {root / 'src' / 'glassnet_dev' / 'added.py'} is there, but no entry point names it: "
        f'add added = "glassnet_dev.added:…" to [project.entry-points."glassnet.activations"] '
        f"in {root / 'pyproject.toml'}, and run pip install -e '{root}' again"
    )
    assert "glassnet_dev" not in sys.modules


def test_a_name_that_no_checkout_has_gets_general_advice(registry, checkout):
    assert unknown(registry, "activation", "nowhere").endswith(
        "; a component added to an editable checkout appears after pip install -e . is run again"
    )


@pytest.mark.parametrize("damage", ["[broken", "", "project = 3", "[project]\nentry-points = 3", None])
def test_a_checkout_that_cannot_be_read_is_passed_over(registry, checkout, damage):
    pyproject = checkout() / "pyproject.toml"
    pyproject.unlink() if damage is None else pyproject.write_text(damage)
    assert unknown(registry, "activation", "added").startswith("unknown activation 'added'")


@pytest.mark.parametrize("source", ["not json", "[]", "{}", '{"dir_info": {"editable": true}}', '{"url": 3}', "null"])
def test_an_origin_that_cannot_be_read_is_passed_over(registry, install, source):
    folder = install("glassnet-odd", {"activations/odd": "glassnet_odd:Odd"})
    (folder / "glassnet_odd-1.0.dist-info" / "direct_url.json").write_text(source)
    assert "glassnet_odd" not in unknown(registry, "activation", "added")


def test_a_distribution_that_is_no_checkout_gets_no_hint(install, tmp_path, monkeypatch):
    folder = install("glassnet-plain", {"activations/present": "glassnet_plain:Present"})
    monkeypatch.setattr(sys, "path", [str(folder)])
    assert reinstall_hint([registry.kinds["activation"]], "added") == ""
