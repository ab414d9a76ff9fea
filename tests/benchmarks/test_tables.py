"""The row of a table of scores, from figures that are made up."""

from benchmarks.tables import GLASSNET, MLP, SCALED_MLP, Measured, row


def test_a_row_has_mean_scores_their_difference_and_the_ratio_of_times():
    ours = Measured([0.8, 0.9, 1.0], [1.0, 2.0, 3.0])
    theirs = Measured([0.7, 0.9, 0.8], [4.0, 4.0, 4.0])
    # The gains are 0.1, 0.0 and 0.2: mean 0.1, standard deviation 0.1, standard error 0.1 / sqrt(3).
    assert row("iris", {GLASSNET: ours, MLP: theirs}) == [
        "iris", "accuracy", "0.9000", "0.8000", "+0.1000 ± 0.0577", "", "2.00 s", "4.00 s", "0.50 (0.38 to 0.62)",
    ]  # fmt: skip
    assert row("diabetes", {GLASSNET: ours, MLP: theirs, SCALED_MLP: ours})[5] == "0.9000"
