"""The bug laboratory: exercises, and the commands that hide, hint, check and count."""

import json
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_lab.catalogue import FAULTS
from glassnet_lab.components.table import COMPONENTS
from glassnet_lab.exercise import Exercise
from glassnet_lab.notebook import Notebook
from glassnet_lab.recipes import RECIPES


def test_there_are_thirty_faults_and_five_recipes_at_least():
    assert len(FAULTS) >= 30
    assert len(RECIPES) >= 5
    assert {each.part for each in FAULTS.values()} == {"data", "network", "training", "code"}


def test_each_fault_has_a_hint_an_answer_and_rules_that_there_are():
    rules = set(dir(gn.rules))
    for fault in FAULTS.values():
        assert fault.hint
        assert fault.answer.endswith(".")
        assert fault.rules
        assert set(fault.rules) <= rules


def test_a_number_stands_for_one_exercise():
    rng = np.random.default_rng(5)
    for _ in range(50):
        exercise = Exercise.drawn(rng)
        assert Exercise.of_number(exercise.number) == exercise


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_changes_its_setup(name):
    fault = FAULTS[name]
    for recipe in RECIPES.values():
        healthy, faulty = recipe(3), recipe(3)
        if not fault.suits(faulty):
            continue
        fault.inject(faulty, np.random.default_rng(3))
        same_data = all(
            np.array_equal(getattr(one, part), getattr(other, part))
            for one, other in ((healthy.train, faulty.train), (healthy.test, faulty.test))
            for part in ("x", "y")
        )
        same = (healthy.layers, healthy.options, healthy.change_built) == (
            faulty.layers,
            faulty.options,
            faulty.change_built,
        )
        assert not (same and same_data)


@pytest.mark.parametrize(("kind", "name", "component"), COMPONENTS[1:])
def test_variant_0_computes_what_the_original_computes(kind, name, component):
    original = component.__mro__[1]
    given = (3,) if name == "lab_dense" else ()
    x = np.random.default_rng(2).normal(size=(4, 5))
    if kind == "optimizer":
        ours, theirs = np.ones(5), np.ones(5)
        for p, one in ((ours, component()), (theirs, original())):
            one.update(p, x[0].copy(), {each: np.zeros(5) for each in one.slots}, 0.1, 1)
        np.testing.assert_array_equal(ours, theirs)
    elif kind == "loss":
        assert component().forward(x, x + 1) == original().forward(x, x + 1) == pytest.approx(1)
        np.testing.assert_array_equal(component().backward(x, x + 1), original().backward(x, x + 1))
    else:
        outputs = []
        for one in (component(*given), original(*given)):
            net = gn.Network([one]).build(5, seed=1, dtype="float64")
            outputs.append(net.predict(x))
        np.testing.assert_array_equal(*outputs)


# --- the commands ------------------------------------------------------------------------------------


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main(["lab", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def test_an_exercise_is_hidden_hinted_answered_and_counted(lab, monkeypatch):
    code, out, _ = lab("start", "--fault", "no_bias", "--seed", 1)
    assert code == 0
    assert "no_bias" not in out
    monkeypatch.chdir("lab")
    assert lab("hint")[:2] == (0, "The fault is in the network.\n")
    assert lab("answer", "frozen_layer")[:2] == (1, "no, it is not frozen_layer\n")
    code, out, _ = lab("answer", "missing_bias")
    assert code == 0
    assert out.startswith("no_bias: No layer has a bias")
    assert out.endswith("right: 1 point\n")  # of 3, less a hint and a wrong answer
    assert lab("score")[1].endswith("1 points; 1 of 1 faults found\n")
    told = json.loads(lab("score", "--json")[1])
    assert (told["points"], told["solved"], len(told["exercises"])) == (1, 1, 1)
    assert len(json.loads(lab("faults", "--json")[1])["faults"]) == len(FAULTS)


def test_an_answer_that_is_told_has_no_points(lab, monkeypatch):
    lab("start", "--fault", "lr_by_1000", "--seed", 2)
    monkeypatch.chdir("lab")
    assert lab("answer")[1].startswith("lr_by_1000: The learning rate is a thousand times too low")
    assert lab("score")[1].endswith("0 points; 0 of 1 faults found\n")
    assert lab("start", "--seed", 3)[0] == 0  # the next one, in the same laboratory


def test_wrong_calls_are_errors(lab, monkeypatch):
    assert "there is no laboratory" in lab("hint")[2]
    assert "no fault 'no_bais', did you mean 'no_bias'" in lab("start", "--fault", "no_bais")[2]
    lab("start", "--fault", "no_bias", "--seed", 1)
    monkeypatch.chdir("lab")
    assert "an exercise is open" in lab("start")[2]
    assert lab("answer", "nothing")[0] == 2


def test_another_process_knows_the_components_in_the_laboratory_alone(lab, tmp_path):
    lab("start", "--fault", "no_gradient_of_bias", "--seed", 4)
    command = "import sys; from glassnet_commands.command_line import main; sys.exit(main())"

    def doctor(run, folder):
        arguments = [sys.executable, "-c", command, "doctor", run, "--json"]
        return subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=folder)

    found = doctor("run", tmp_path / "lab")
    assert found.returncode == 1
    assert json.loads(found.stdout)["findings"][0]["rule"] == "gradients_do_not_match"
    outside = doctor("lab/run", tmp_path)
    assert outside.returncode == 2
    assert "lab_dense" in outside.stderr


@pytest.mark.parametrize(
    "content",
    [
        {"number": 1.5},
        {"number": -1},
        {"hints": "1"},
        {"answered": 3},
        {"answered": [{"number": "1", "points": 3, "solved": True}]},
        {"answered": [{"points": 3, "solved": True}]},
    ],
)
def test_a_notebook_of_other_types_is_a_damaged_file(tmp_path, content):
    (tmp_path / "lab.json").write_text(json.dumps(content))
    with pytest.raises(gn.FileError, match=r"lab\.json.* is damaged: .*remove it to begin anew"):
        Notebook.read(tmp_path)


# --- in Python ---------------------------------------------------------------------------------------


def test_python_starts_hints_answers_and_scores_like_the_commands(tmp_path, lab):
    exercise = gn.lab.start(fault="no_bias", seed=1)
    assert exercise.folder.name == "lab"
    assert "no_bias" not in f"{exercise!r}{exercise}{exercise._repr_html_()}{exercise.as_plain()}"
    assert gn.lab.exercise() == exercise
    assert [each.rule for each in exercise.diagnose()] == ["missing_bias"]
    found = gn.diagnose(exercise.network, exercise.data.train, validation=exercise.data.test)
    assert [each.rule for each in found] == ["missing_bias"]
    assert gn.lab.hint()._repr_html_() == "<p>The fault is in the network.</p>"
    assert gn.lab.answer("frozen_layer").is_right is False
    right = gn.lab.answer("missing_bias")
    assert (right.is_right, right.points, right.fault) == (True, 1, "no_bias")  # of 3, less a hint and a wrong answer
    score = gn.lab.score()
    assert (score.points, score.solved) == (1, 1)
    assert "<td>no_bias</td>" in score._repr_html_()
    assert json.loads(lab("score", "--json")[1]) == score.as_plain()


def test_python_says_what_is_wrong_with_a_call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gn.FileError, match=r"there is no laboratory in .*; make one with .* gn\.lab\.start\(\)"):
        gn.lab.hint()
    (tmp_path / "notes").write_text("")
    with pytest.raises(gn.FileError, match="is not a laboratory and is not empty"):
        gn.lab.start(tmp_path)
    with pytest.raises(gn.OptionError, match="no fault 'no_bais', did you mean 'no_bias'"):
        gn.lab.start(fault="no_bais")
    assert not (tmp_path / "lab").exists()
    assert set(gn.lab.faults()) == set(FAULTS)


def test_a_start_that_is_interrupted_can_be_repeated(tmp_path, monkeypatch):
    def interrupted(*_):
        (tmp_path / "lab" / "run").mkdir()
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("glassnet_lab.lab._train", interrupted)
        with pytest.raises(KeyboardInterrupt):
            gn.lab.start(fault="no_bias", seed=1)
    assert gn.lab.start(fault="no_bias", seed=1).recipe
