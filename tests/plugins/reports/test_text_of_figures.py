"""Text of figures comes from data: it stands as it is, and makes no file that cannot be opened."""

import warnings
import xml.etree.ElementTree as ElementTree

import pytest

from glassnet_reports.plots import new_figure, save_figure, style

NAMES = ["$x^$", "$\\frac{a", "\x1b[31mred\x07", "a<b>&c\x00"]


def drawn():
    figure = new_figure(4, 3)
    panel = figure.subplots()
    panel.bar(range(len(NAMES)), 1, label=NAMES[0])
    panel.set_xticks(range(len(NAMES)), NAMES)
    style(panel, title=NAMES[1], xlabel=NAMES[2], ylabel=NAMES[3])
    panel.legend()
    return figure


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_names_that_look_like_formulas_are_drawn_as_they_are(tmp_path, ending):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        save_figure(drawn(), tmp_path / f"figure.{ending}")
    assert (tmp_path / f"figure.{ending}").stat().st_size > 1000


def test_svg_with_control_characters_in_its_text_is_xml(tmp_path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        save_figure(drawn(), tmp_path / "figure.svg")
    assert ElementTree.parse(tmp_path / "figure.svg").getroot().tag.endswith("svg")
    assert "[31mred" in (tmp_path / "figure.svg").read_text()
