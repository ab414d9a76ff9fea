"""``glassnet card``: a model card of a run."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import yaml

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_runs.card.blocks import Code, Grid, Paragraph, Points, safe
from glassnet_runs.card.front_matter import yaml_text
from glassnet_runs.card.spread import standard_errors


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two runs on iris that differ in their seeds, one with another step size, and one on a table with folds."""
    folder = tmp_path_factory.mktemp("cards")
    quick = ["--epochs", "3", "--quiet"]
    for name, *options in (
        ("a", "--seed", "1"),
        ("b", "--seed", "2", "--no-plots"),
        ("c", "--lr", "0.1", "--no-plots"),
    ):
        assert main(["train", "iris", "--out", str(folder / name), *quick, *options]) == 0
    rows = "".join(f"{size},{'ab'[size % 2]},{3 * size}\n" for size in range(40))
    (folder / "data.csv").write_text(f"size,kind,price\n{rows}")
    table = ["train", str(folder / "data.csv"), "--target", "price", "--out", str(folder / "table"), "--folds", "2"]
    assert main([*table, *quick, "--no-plots"]) == 0
    return folder


@pytest.fixture
def card(trained, glassnet):
    """A function that writes the card of a run, and returns its head and its text."""

    def write(name, *options):
        outcome = glassnet("card", trained / name, *options)
        assert outcome.code == 0, outcome.err
        _, head, text = (trained / name / "README.md").read_text().split("---\n", 2)
        return yaml.safe_load(head), text

    return write


def summary(folder):
    return json.loads((folder / "summary.json").read_text())


def test_the_head_has_the_form_of_hugging_face(card, trained):
    head, _ = card("a")
    test = summary(trained / "a")["test"]
    assert head == {
        "library_name": "glassnet",
        "tags": ["glassnet", "numpy", "classification"],
        "pipeline_tag": "tabular-classification",
        "metrics": ["accuracy"],
        "model-index": [
            {
                "name": "a",
                "results": [
                    {
                        "task": {"type": "tabular-classification"},
                        "dataset": {"name": "iris", "type": "iris", "split": "test"},
                        "metrics": [
                            {"type": "loss", "name": "loss", "value": test["loss"]},
                            {"type": "accuracy", "name": "accuracy", "value": test["accuracy"]},
                        ],
                    }
                ],
            }
        ],
    }


def test_figures_have_their_spread_over_rows_and_seeds(card, trained):
    _, text = card("a")
    values = [summary(trained / name)["test"]["accuracy"] for name in "ab"]  # not c, which has another step size
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    (line,) = re.findall(r"^\| accuracy \|.*$", text, flags=re.MULTILINE)
    told, error, seeds = (cell.strip() for cell in line.split("|")[2:5])
    assert float(told) == pytest.approx(values[0], abs=1e-4)
    # The deviation of a share of n rows is known.
    assert float(error.removeprefix("± ")) == pytest.approx(np.sqrt(values[0] * (1 - values[0]) / 30), rel=0.15)
    assert seeds == f"{mean:.4f} ± {deviation:.4f} (2)" if deviation else seeds.startswith(f"{mean:.4f} ± 0")
    assert "seeds: mean ± deviation" in text


def test_folds_of_a_table_are_in_its_card(card, trained):
    head, text = card("table")
    folds = json.loads((trained / "table" / "folds.json").read_text())
    assert head["pipeline_tag"] == "tabular-regression"
    assert f"{folds['r2']['mean']:.4f} ± {folds['r2']['std']:.4f} (2)" in text
    assert "It predicts price." in text
    assert "| kind | category of 2 | 0 | one\\_hot |" in text
    assert "not cross-validated" not in text


def test_data_plots_time_commands_and_limits_are_told(card, trained):
    _, text = card("a")
    titles = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert titles == [
        "Use",
        "Data",
        "Figures",
        "Plots",
        "Network and training",
        "Time and energy",
        "Reproduce",
        "Limitations",
    ]
    assert "Fisher (1936)" in text
    assert "![Confusion matrix](confusion_matrix.png)" in text
    assert f"{summary(trained / 'a')['train_seconds']:.1f} seconds for 3 epochs" in text
    assert "Energy was not measured" in text
    assert (trained / "a" / "experiment.toml").read_text().strip() in text
    assert "There are 30 rows of test data" in text
    finding = summary(trained / "a")["findings"][0]
    assert safe(finding["rule"]) in text
    recalls = re.findall(r"^\| (setosa|versicolor|virginica) \| ([\d.]+)% \| (\d+) \|$", text, flags=re.MULTILINE)
    right = sum(float(share) / 100 * int(count) for _, share, count in recalls)
    assert right / 30 == pytest.approx(summary(trained / "a")["test"]["accuracy"], abs=1e-3)


def test_energy_is_told_if_it_was_measured(card, trained):
    history = (trained / "b" / "history.csv").read_text().splitlines()
    rows = [history[0] + ",energy_joules", *(f"{line},1200000.0" for line in history[1:])]
    (trained / "b" / "history.csv").write_text("\n".join(rows) + "\n")
    _, text = card("b")
    assert "3,600,000 joules (1 kWh)" in text


def test_the_page_needs_nothing_else(card, trained):
    card("a")
    text = (trained / "a" / "card.html").read_text()
    open_tags = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "img"):
                open_tags.append(tag)
            for name, value in attrs:
                assert name not in ("src", "href") or value.startswith("data:image/png;base64,")

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Reader().feed(text)
    assert open_tags == []
    assert text.count("<img") == 3


def test_another_file_has_links_to_the_pictures(card, trained, tmp_path):
    (tmp_path / "cards").mkdir()
    card("a")
    card("a", "--out", "cards/a.md")
    (link,) = re.findall(r"!\[Confusion matrix\]\((.*)\)", (tmp_path / "cards" / "a.md").read_text())
    assert (tmp_path / "cards" / link).resolve() == (trained / "a" / "confusion_matrix.png").resolve()


def test_a_card_without_its_data_says_so(glassnet, tmp_path):
    (tmp_path / "data.csv").write_text("x,y\n" + "".join(f"{n},{2 * n}\n" for n in range(30)))
    assert glassnet("train", "data.csv", "--target", "y", "--out", "run", "--epochs", "1", "--no-plots").code == 0
    (tmp_path / "data.csv").unlink()
    assert glassnet("card", "run", "--out", "card.md").code == 0
    text = (tmp_path / "card.md").read_text()
    assert "The data could not be read when this card was written" in text
    assert f"| loss | {summary(tmp_path / 'run')['test']['loss']:.4f} |" in text
    assert "standard error" not in text


def test_mistakes_are_one_sentence(glassnet, trained, tmp_path):
    (tmp_path / "README.md").write_text("# My own\n")
    (tmp_path / "experiment.toml").write_text("format = 1\n")
    for arguments, words in (
        (["nowhere"], "nowhere is not the folder of a run"),
        ([trained / "a", "--out", "card.pdf"], "name the file card.md"),
        ([tmp_path], "README.md is there and is not a card of glassnet"),
    ):
        outcome = glassnet("card", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert words in outcome.err
        assert len(outcome.err.splitlines()) == 1
    assert (tmp_path / "README.md").read_text() == "# My own\n"


def test_the_standard_error_is_that_of_a_mean():
    network = gn.Network("dense(1)").build((1,), seed=0)
    x = np.random.default_rng(0).normal(size=(400, 1)).astype(np.float32)
    network.fit(x, 0 * x, loss="mse", optimizer="sgd(lr=1e-9)", epochs=1, progress=False)
    losses = np.square(network.predict(x).ravel())
    found = standard_errors(network, gn.Split(x, 0 * x))
    assert found["loss"] == pytest.approx(losses.std() / np.sqrt(400), rel=0.15)


@pytest.mark.parametrize("text", ["a: b", "'q' \"d\"", "- x", "# no", "é\n\tline", "yes", "1.0", "{a}", ""])
def test_yaml_is_read_back(text):
    head = {"text": text, "list": [text, 1.5], "inner": {"deep": [{"a": text, "b": [1, 2]}, {"c": {"d": text}}]}}
    assert yaml.safe_load(yaml_text(head)) == head


def test_markdown_of_names_with_signs():
    assert safe("a_b | <c>\n# d") == r"a\_b \| \<c\> \# d"
    assert Grid(("x",), [["a|b"]]).markdown() == "| x |\n| --- |\n| a\\|b |"
    assert Code("a ``` b", "sh").markdown() == "````sh\na ``` b\n````"


HOSTILE = "\x1b[2J\x07\x9b31m\u202ecat"


@pytest.mark.parametrize(
    "block",
    [Paragraph(HOSTILE), Points([HOSTILE]), Grid([HOSTILE], [[HOSTILE]]), Code(f"a\n{HOSTILE}", "sh")],
    ids=type,
)
def test_a_card_has_no_control_characters(block):
    for text in (block.markdown(), block.html()):
        assert all(each.isprintable() or each == "\n" for each in text)
        assert "cat" in text
        assert "[2J" in text.replace("\\", "")
