"""The documents keep up with the code: no kind, hook or decision that they leave out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from glassnet.registry.plugins import plugin_hooks
from glassnet.registry.registry import registry
from glassnet.run.run_hooks import RunHooks

ROOT = Path(__file__).parents[1]
PRINT_PAGE = "import sys; from components_page import page; sys.stdout.write(page())"
SPECIFIED = [name for name, caller in vars(plugin_hooks()).items() if caller.has_spec()]
HOOKS = SPECIFIED + [name for name in dir(RunHooks) if name[0] != "_"]


def sections(page):
    """Return the text of each section by its heading."""
    parts = re.split(r"^#{1,2} (.+)$", (ROOT / "docs" / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", [*registry.kinds, *HOOKS])
def test_each_kind_and_hook_has_a_section_on_extending(name):
    assert len(sections("extending.md")[name].split()) >= 5


def test_each_kind_names_its_entry_point_group_and_base_class():
    for kind in registry.kinds.values():
        text = sections("extending.md")[kind.name]
        assert kind.group in text
        assert kind.base.partition(":")[2] in text or kind.instances


def test_links_between_documents_lead_somewhere():
    for page in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert "://" in target or (page.parent / target).exists(), f"{page}: {target}"


def test_the_readme_lists_the_environment_variables_that_are_read():
    code = [path.read_text() for folder in ("core", "plugins") for path in ROOT.glob(f"{folder}/**/*.py")]
    read = {name for text in code for name in re.findall(r'"(GLASSNET_[A-Z]+)"', text)}
    table = re.findall(r"^\| `(GLASSNET_[A-Z]+)` \|", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    assert sorted(table) == sorted(read)


def test_every_environment_variable_is_a_setting_of_a_project():
    table = re.findall(r"^\| `GLASSNET_([A-Z]+)` \|", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    declared = registry.plugins.groups["glassnet.settings"]
    assert sorted(table) == sorted(point.name.upper() for point in declared)


def test_the_manual_page_is_what_the_commands_say():
    code = "import sys; from man_page import page; sys.stdout.write(page())"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tools", capture_output=True, text=True)
    written = (ROOT / "docs" / "glassnet.1").read_text("utf-8")
    assert made.stdout == written, f"run python tools/man_page.py {made.stderr}"
    for section in ("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"):
        assert f"\n.SH {section}\n" in written


def test_the_page_of_components_is_what_the_components_say():
    written = (ROOT / "docs" / "components.md").read_text()
    made = subprocess.run([sys.executable, "-c", PRINT_PAGE], cwd=ROOT / "tools", capture_output=True, text=True)
    assert made.stdout == written, "run python tools/components_page.py"
