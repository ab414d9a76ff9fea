"""The page, from results that are made up."""

import pytest

from benchmarks.formatting import comparison, ratios_table, seconds_text
from benchmarks.goals import ON_SEQUENCES, TARGETS, TRAINED, asked
from benchmarks.goals_page import explanations, missed, targets_table
from benchmarks.page import page
from benchmarks.peers import DEFAULT_ADAM, FLOOR, FUSED_ADAM, JAX, OURS, SCIKIT_LEARN
from benchmarks.results import Results

RUN = {
    "date": "2026-01-02 03:04:05 UTC",
    "command": "python -m benchmarks --write",
    "rounds": 3,
    "code": "0123abcd",
    "cpu": "Imaginary 9000",
    "cores": 2,
    "system": "Linux x86_64",
    "versions": {"numpy": "9.9", "numba": "not installed"},
    "settings": {"OMP_NUM_THREADS": "1"},
}
DAY = "2026-01-02, 0123abcd"
XOR = {
    "title": "XOR, batch 4",
    "steps": 1000,
    # 0.25, 0.5 and 0.75 of PyTorch's; exactly 0.8 of JAX's.
    "seconds": {
        OURS: [1.0, 2.0, 3.0],
        DEFAULT_ADAM: [4.0, 4.0, 4.0],
        FUSED_ADAM: [2.0, 2.0, 2.0],
        JAX: [1.25, 2.5, 3.75],
        FLOOR: [0.5, 0.5, 0.5],
    },
    "losses": {OURS: 0.1234567, DEFAULT_ADAM: 0.1234, FUSED_ADAM: 0.3, JAX: 0.1235},
    "not_counted": {FUSED_ADAM: "its loss is 0.3000, and ours 0.1235"},
    "missing": {SCIKIT_LEARN: "scikit-learn is not installed"},
}


@pytest.fixture
def results():
    made = Results()
    made.add("training/xor", XOR, RUN)
    return made


def row_of(text, *starts):
    """Return the cells of the one row that begins with these cells."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    (row,) = [row for row in rows if row[: len(starts)] == list(starts)]
    return row[len(starts) :]


def test_a_comparison_has_medians_ratios_and_losses():
    text = comparison(XOR)
    assert row_of(text, OURS) == ["2.00 s", "", "0.1235"]
    assert row_of(text, DEFAULT_ADAM) == ["4.00 s", "0.50 (0.25 to 0.75)", "0.1234"]
    assert row_of(text, FLOOR) == ["500 ms", "4.00 (2.00 to 6.00)", ""]


def test_where_ours_is_not_among_them_each_is_divided_by_the_first():
    text = comparison({"title": "", "seconds": {"import numpy": [1.0, 2.0], "import glassnet": [3.0, 4.0]}})
    assert row_of(text, "import glassnet") == ["3.50 s", "2.50 (2.00 to 3.00)"]
    assert "this / import numpy" in text


def test_who_disagrees_is_not_counted():
    row = row_of(comparison(XOR), FUSED_ADAM)
    assert row == ["2.00 s", "not counted: its loss is 0.3000, and ours 0.1235", "0.3000"]


def test_who_is_missing_is_named():
    assert "Left out: scikit-learn (scikit-learn is not installed)." in comparison(XOR)


def test_targets_stand_beside_what_was_measured(results):
    text = targets_table(results)
    row = "XOR step", f"our time / {DEFAULT_ADAM}"
    assert row_of(text, *row) == ["at most 0.25", "0.50 (0.25 to 0.75)", "**no**", DAY]
    assert row_of(text, "XOR step", f"our time / {JAX}") == ["at most 0.5", "0.80 (0.80 to 0.80)", "**no**", DAY]
    not_counted = "not counted: its loss is 0.3000, and ours 0.1235"
    assert row_of(text, "XOR step", f"our time / {FUSED_ADAM}") == ["at most 0.4", not_counted, "", DAY]
    left_out = "left out: scikit-learn is not installed"
    assert row_of(text, "XOR step", f"our time / {SCIKIT_LEARN}") == ["at most 0.4", left_out, "", DAY]
    assert row_of(text, "data", "MNIST loaded") == ["at most 0.5 s", "not measured", "", ""]


def test_figures_that_are_no_ratios(results):
    results.add("memory/train mnist", {"title": "", "megabytes": 312.4}, RUN)
    results.add("starting/mnist", {"title": "", "seconds": {"MNIST loaded": [0.3, 0.4, 0.9]}}, RUN)
    help_seconds = {"without": [0.1, 0.1, 0.1], "with": [0.15, 0.2, 0.3]}
    results.add("plugins/glassnet --help", {"title": "", "seconds": help_seconds}, RUN)
    text = targets_table(results)
    assert row_of(text, "memory", "peak of `glassnet train mnist`") == ["at most 150 MB", "312 MB", "**no**", DAY]
    assert row_of(text, "data") == ["MNIST loaded", "at most 0.5 s", "0.4 s", "yes", DAY]
    added = "what 1,000 plugins add to `glassnet --help`"
    assert row_of(text, "start", added) == ["at most 150 ms", "100 ms", "yes", DAY]


def beside_pytorch(ours, theirs, **further):
    return {"title": "", "seconds": {OURS: ours, "PyTorch": theirs}, "not_counted": {}, **further}


def test_many_ratios_have_a_geometric_mean_and_a_largest_one(results):
    """Of 0.5 and 2 and 8 the mean is the third root of 8; what differs from PyTorch is not counted."""
    results.add("elementwise/relu 10", beside_pytorch([1.0, 1.0, 9.0], [2.0, 2.0, 1.0]), RUN)
    results.add("elementwise/elu 10", beside_pytorch([2.0], [1.0]), RUN)
    results.add("elementwise/tanh 10", beside_pytorch([8.0], [1.0]), RUN)
    wrong = beside_pytorch([99.0], [1.0]) | {"not_counted": {"PyTorch": "its gradient is 3.0% off ours"}}
    results.add("elementwise/gelu 10", wrong, RUN)
    text = targets_table(results)
    about = "activations and losses"
    mean = row_of(text, about, "geometric mean of our time / PyTorch")
    assert mean == ["at most 0.8", "2", "**no**", DAY]
    largest = row_of(text, about, "the largest of our time / PyTorch")
    assert largest == ["at most 1.2", "8.00 (tanh 10; of 3)", "**no**", DAY]


def test_an_optimizer_is_held_against_the_fastest_form_that_counts(results):
    seconds = {OURS: [3.0], "PyTorch, default": [8.0], "PyTorch, foreach": [4.0], "PyTorch, fused": [1.0]}
    refused = {"PyTorch, fused": "its parameters end 9.0% of the way off ours"}
    results.add("optimizers/radam 6 M", {"title": "", "seconds": seconds, "not_counted": refused}, RUN)
    row = row_of(targets_table(results), "optimizers alone", "radam of 6 M: our time / PyTorch's fastest form")
    assert row == ["at most 0.9", "0.75 (0.75 to 0.75)", "yes", DAY]


def test_what_was_measured_on_another_processor_stays_with_its_code(results):
    later = {**RUN, "date": "2026-02-01 00:00:00 UTC", "cpu": "Imaginary 1", "code": "feed1234"}
    faster = {**XOR["seconds"], OURS: [0.4, 0.4, 0.4]}
    results.add("training/xor", {**XOR, "seconds": faster}, later)
    assert results.processors == ["Imaginary 1", "Imaginary 9000"]
    new, old = page(results).split("### Imaginary 1\n")[1].split("### Imaginary 9000\n")
    row = "XOR step", f"our time / {DEFAULT_ADAM}"
    assert row_of(new, *row) == ["at most 0.25", "0.10 (0.10 to 0.10)", "yes", "2026-02-01, feed1234"]
    assert row_of(old.split("## ")[0], *row) == ["at most 0.25", "0.50 (0.25 to 0.75)", "**no**", DAY]
    assert "not measured" in new
    assert "not measured" not in old.split("## ")[0]
    assert [target.about for target in missed(results)].count("XOR step") == 2


def test_explanations_are_shown_for_what_is_missed_only(results):
    results.add("starting/mnist", {"title": "", "seconds": {"MNIST loaded": [0.3]}}, RUN)
    text = "Words before.\n\n## XOR step\n\nThe step is short.\n\n## data\n\nThe disk is slow.\n"
    assert explanations(results, text) == ["## Where a target is missed", "### XOR step", "The step is short."]


def test_where_a_training_misses_its_target_its_profile_is_shown(results):
    layer = {"part": "0 dense(8)", "seconds": 0.01, "forward": 0.004, "backward": 0.006, "share_in_products": 0.25}
    data = {"part": "data", "seconds": 0.03, "forward": 0.0, "backward": 0.0, "share_in_products": None}
    nothing = {**data, "part": "metrics", "seconds": 0.0}
    profile = {"steps": 1000, "seconds": 0.05, "parts": [layer, data, nothing], "products": {"share": 0.125}}
    results.add("profiles/xor", {"title": "XOR", "profile": profile}, RUN)
    *_, introduction, shown = explanations(results, "## XOR step\n\nThe step is short.\n")
    assert introduction == "By `--profile`, of a step of 50.0 µs:"
    assert row_of(shown, "0 dense(8)") == ["4.0", "6.0", "10.0", "20.0", "25.0"]
    assert row_of(shown, "data") == ["", "", "30.0", "60.0", ""]
    assert row_of(shown, "all") == ["", "", "50.0", "100", "12.5"]
    assert "metrics" not in shown


def test_a_miss_that_nobody_explained_is_a_gap_that_shows(results):
    assert "Not explained yet" in explanations(results, "")[2]


def test_nothing_is_explained_where_nothing_is_missed():
    assert missed(Results()) == []
    assert explanations(Results(), "## XOR step\n\nThe step is short.\n") == []


def test_an_optimizer_that_lacks_a_variant_has_none_in_its_row():
    adam = {
        "title": "adam",
        "seconds": {OURS: [0.001], "PyTorch, default": [0.002], "PyTorch, fused": [0.0005]},
        "not_counted": {"PyTorch, default": "it went elsewhere"},
    }
    radam = {"title": "radam", "seconds": {OURS: [2e-6], "PyTorch, default": [4e-6]}, "not_counted": {}}
    text = ratios_table({"adam": adam, "radam": radam})
    assert row_of(text, "adam") == ["1.00 ms", "not counted: it went elsewhere", "2.00 (2.00 to 2.00)"]
    assert row_of(text, "radam") == ["2.00 µs", "0.50 (0.50 to 0.50)", "has none"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(123.4, "123 s"), (1.0, "1.00 s"), (0.0123, "12.3 ms"), (0.999, "999 ms"), (4.56e-5, "45.6 µs")],
)
def test_durations_have_three_digits(seconds, text):
    assert seconds_text(seconds) == text


def test_the_page_names_machine_versions_settings_and_command(results):
    text = page(results)
    run = row_of(text, RUN["date"])
    machine = "Imaginary 9000, 2 cores, Linux x86_64"
    assert run[:4] == ["0123abcd", "`python -m benchmarks --write`", "3", machine]
    assert run[4:] == ["numpy 9.9, numba not installed", "OMP_NUM_THREADS=1"]


def test_each_comparison_tells_when_and_on_what_it_was_measured(results):
    later = {**RUN, "date": "2026-03-04 00:00:00 UTC", "rounds": 7}
    results.add("starting/mnist", {"title": "MNIST", "seconds": {"MNIST loaded": [0.3]}}, later)
    text = page(results)
    assert f"Measured on Imaginary 9000: {DAY} (3 rounds)." in text
    assert "Measured on Imaginary 9000: 2026-03-04, 0123abcd (7 rounds)." in text


def test_what_is_measured_again_replaces_the_old_and_its_run(results):
    results.add("training/xor", {"title": "new"}, {**RUN, "date": "later"})
    assert results.by_name == {"training/xor": {"title": "new", "run": "later"}}
    assert list(results.runs) == ["later"]


def test_results_come_back_from_their_file(results, tmp_path):
    path = tmp_path / "results.json"
    assert Results.read(path).by_name == {}
    results.write(path)
    again = Results.read(path)
    assert again.runs == results.runs
    assert page(again) == page(results)


def test_every_target_is_something_that_is_measured():
    """A misspelt name would be 'not measured' forever."""
    pytest.importorskip("torch", reason="what is compared with it is left out without it")
    from benchmarks.__main__ import wanted
    from benchmarks.cases import TRAINING
    from benchmarks.peers import ALL
    from benchmarks.sequences import SEQUENCES

    names = {name for name, _ in wanted([])}
    assert {case for case in asked() if "/" in case} <= names
    assert {case for case in asked() if "/" not in case} <= {name.partition("/")[0] for name in names}
    assert set(TRAINED.values()) == set(TRAINING)
    assert set(ON_SEQUENCES.values()) == set(SEQUENCES)
    peers = {peer for target in TARGETS if target.case.startswith(("training", "sequences")) for peer in target.peers}
    assert peers <= set(ALL)
