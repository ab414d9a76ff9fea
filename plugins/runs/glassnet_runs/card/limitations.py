"""What is known against a model, from its run."""

from __future__ import annotations

from glassnet_commands.formatting import figure_text
from glassnet_runs.card.facts import Facts
from glassnet_tables.preprocessing import TablePreprocessing

_FEW = 100
_WEAK = 0.1


def limitations(facts: Facts) -> list[str]:
    """Return a sentence for each limitation; the first ones are of this run, the last of every model."""
    return [*_of_run(facts), *_of_classes(facts), *_of_table(facts), *_of_all(facts)]


def _of_run(facts: Facts) -> list[str]:
    found = []
    summary = facts.summary
    if summary.get("interrupted"):
        found.append("The training was interrupted, and the model is that of the last epoch.")
    if summary.get("diverged"):
        found.append("The training diverged; the model is from before.")
    if facts.problem:
        found.append(f"The data could not be read when this card was written: {facts.problem}.")
    if facts.test is not None and len(facts.test) < _FEW:
        found.append(f"There are {len(facts.test)} rows of test data, so that the figures are rough.")
    found += [
        f"The doctor found {each['rule']}: {each['problem']} ({each['where']}); {each['remedy']}."
        for each in summary.get("findings") or ()
    ]
    return found


def _of_classes(facts: Facts) -> list[str]:
    accuracy = facts.measured.get("accuracy")
    weak = [each for each in facts.recalls if accuracy is not None and each[1] < accuracy - _WEAK]
    return [
        f"Of the class {name}, {share:.1%} of {count:,} test rows are found, against {figure_text(accuracy)} of all."
        for name, share, count in weak[:5]
    ]


def _of_table(facts: Facts) -> list[str]:
    table = facts.saved.network.preprocessing
    if not isinstance(table, TablePreprocessing):
        return []
    notes = [f"{note[:1].upper()}{note[1:]}." for note in table.notes]
    return [*notes, "Categories that the training rows do not have are unknown to the model."]


def _of_all(facts: Facts) -> list[str]:
    return [
        "The figures hold for data like those of the test; on other data nothing was tried.",
        "Whether groups of people are treated alike was not examined.",
    ]
