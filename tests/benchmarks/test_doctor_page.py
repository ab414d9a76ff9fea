"""The page of the doctor, from results that are made up."""

from benchmarks.doctor_page import confusion, overhead, page, scores

ANSWERS = {
    ("lr_times_100", "moons", "0"): ["lr_too_high", "dead_relu"],
    ("lr_times_100", "moons", "1"): ["dead_relu", "lr_too_high"],
    ("lr_times_100", "digits", "0"): ["dead_relu", "underfitting", "plateau", "lr_too_high"],
    ("no_bias", "moons", "0"): [],
}
RUN = {"date": "2026-01-02", "cores": 2, "cpu": "Imaginary 9000", "versions": {"Python": "3.11", "numpy": "9.9"}}


def test_right_rules_and_false_alarms_are_counted():
    table = scores(ANSWERS, {"0": [], "1": ["plateau"], "2": [], "3": []})
    assert "| the right rule is first | 1 of 4, 25.0% | 90 % |" in table
    assert "| the right rule is among the first three | 2 of 4, 50.0% | 95 % |" in table
    assert "| healthy trainings with a finding | 1 of 4, 25.0% | at most 1 % |" in table


def test_the_matrix_says_how_often_each_rule_came_first():
    lines = confusion(ANSWERS).splitlines()
    assert any("| lr_times_100 |" in line and line.endswith("| dead_relu 2, lr_too_high 1 |") for line in lines)
    assert any("| no_bias |" in line and line.endswith("| nothing 1 |") for line in lines)


def test_the_cost_of_the_sampler_is_a_median():
    assert "| xor | 1.020 | 1.000 to 1.500 |" in overhead({"xor": [1.0, 1.02, 1.5]})


def test_the_page_lists_every_rule():
    results = {
        "faults": {" ".join(key): rules for key, rules in ANSWERS.items()},
        "healthy": {"0": []},
        "overhead": {"xor": [1.0]},
        "run": RUN,
    }
    text = page(results)
    assert "| `dead_relu` |" in text
    assert "| `plateau` (symptom) |" in text
    assert "2 faults in 2 recipes (digits, moons) with 2 seeds: 4 trainings" in text
