"""Tables on the command line: trained, predicted and evaluated with the columns of the training."""

import csv
import json
import warnings

import numpy as np
import pytest

import glassnet as gn

QUICK = ["--quiet", "--no-plots"]
CITIES = {"Ulm": 900, "Bonn": 1500}


def homes(path, count, seed, header="id;city;size;rent"):
    """Write homes whose rent is 10 a square metre and a sum for the city; return the rents."""
    rng = np.random.default_rng(seed)
    lines, rents = [], []
    for number in range(count):
        row = {
            "id": f"h{seed}-{number}",
            "city": list(CITIES)[number % 2],
            "size": round(float(rng.uniform(20, 90)), 1),
        }
        rents.append(10 * row["size"] + CITIES[row["city"]])
        cells = {**row, "size": str(row["size"]).replace(".", ","), "rent": f"{rents[-1]:.2f} €".replace(".", ",")}
        lines.append(";".join(cells.get(name, "x") for name in header.split(";")))
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return np.array(rents)


def read(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.fixture
def run(glassnet, here):
    homes(here / "homes.csv", 200, 1)
    outcome = glassnet("train", "homes.csv", "--target", "rent", "--out", "run", "--json", *QUICK)
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["task"] == "regression"
    return "run"


@pytest.fixture
def classes(glassnet, here):
    rows = [f"{number % 17},{'yes' if number % 17 > 8 else 'no'}" for number in range(120)]
    (here / "buy.csv").write_text("\n".join(["visits,buy", *rows]) + "\n")
    assert glassnet("train", "buy.csv", "--target", "buy", "--out", "classes", *QUICK).code == 0
    return "classes"


def test_numbers_are_predicted_in_the_units_of_the_target(glassnet, here, run):
    rents = homes(here / "new.csv", 30, 2)
    outcome = glassnet("predict", run, "new.csv", "--json")
    found = json.loads(outcome.out)["predictions"]
    np.testing.assert_allclose(found, rents, rtol=0.05)
    np.testing.assert_array_equal(found, gn.load(here / "run/model.safetensors").predict(here / "new.csv"))
    lines = glassnet("predict", run, "new.csv").out.splitlines()
    assert lines[0] == f"h2-0: {found[0]:,.2f} €"
    assert len(lines) == 30


def test_the_order_of_columns_does_not_matter_and_no_target_is_needed(glassnet, here, run):
    homes(here / "new.csv", 30, 2)
    homes(here / "turned.csv", 30, 2, "size;id;city")
    first, other = (json.loads(glassnet("predict", run, name, "--json").out) for name in ("new.csv", "turned.csv"))
    assert first["predictions"] == other["predictions"]


def test_predictions_are_written_with_the_ids_of_the_rows(glassnet, here, run):
    homes(here / "new.csv", 5, 2)
    outcome = glassnet("predict", run, "new.csv", "--out", "predictions.csv", "--json")
    rows = read(here / "predictions.csv")
    assert [row["id"] for row in rows] == [f"h2-{number}" for number in range(5)]
    assert [float(row["prediction"]) for row in rows] == json.loads(outcome.out)["predictions"]


def test_classes_are_predicted_by_name_with_probabilities(glassnet, here, classes):
    (here / "new.csv").write_text("visits\n1\n15\n")
    found = json.loads(glassnet("predict", classes, "new.csv", "--json").out)
    assert found["predictions"] == ["no", "yes"]
    assert [max(row, key=row.get) for row in found["probabilities"]] == ["no", "yes"]
    assert [sum(row.values()) for row in found["probabilities"]] == pytest.approx([1, 1])
    assert glassnet("predict", classes, "new.csv").out.startswith("row 1: no  ")
    glassnet("predict", classes, "new.csv", "--out", "out.csv")
    rows = read(here / "out.csv")
    assert list(rows[0]) == ["row", "prediction", "probability no", "probability yes"]


def test_all_rows_of_a_file_are_evaluated(glassnet, here, run):
    rents = homes(here / "new.csv", 30, 2)
    found = json.loads(glassnet("evaluate", run, "new.csv", "--json").out)
    predicted = np.array(json.loads(glassnet("predict", run, "new.csv", "--json").out)["predictions"])
    assert found["samples"] == 30
    assert found["mean_absolute_error"] == pytest.approx(np.abs(predicted - rents).mean(), rel=1e-4)
    assert found["r2"] == pytest.approx(1 - np.sum((predicted - rents) ** 2) / np.sum((rents - rents.mean()) ** 2))


def test_a_row_of_another_table_is_explained_as_it_is_evaluated(glassnet, here, run):
    homes(here / "other.csv", 5, 3, header="rent;size;city")
    lines = (here / "other.csv").read_text("utf-8").splitlines()
    (here / "one.csv").write_text("\n".join([lines[0], lines[4]]), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        evaluated = glassnet("evaluate", run, "one.csv", "--json")
    assert "warning: r2 is nan, and the loss is finite: it needs two samples" in evaluated.err
    measured = json.loads(evaluated.out)["loss"]
    explained = glassnet("explain", run, "other.csv", "--sample", 3, "--json")
    assert explained.code == 0, explained.err
    told = json.loads(explained.out)
    assert told["loss"] == pytest.approx(measured, rel=1e-4)
    outside = glassnet("explain", run, "other.csv", "--sample", 5)
    assert "there is no sample 5 in 5 train samples" in outside.err


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id;size;rent", "error: the rows have no column 'city', with which the network was trained; give the columns"),
        ("id;town;rent", "no columns 'city', 'size'"),
    ],
)
def test_missing_columns_are_named(glassnet, here, run, header, message):
    homes(here / "new.csv", 5, 2, header)
    outcome = glassnet("predict", run, "new.csv")
    assert outcome.code == 2
    assert message in outcome.err


def test_an_array_without_names_is_refused(glassnet, here, run):
    np.save(here / "new.npy", np.zeros((2, 3), np.float32))
    outcome = glassnet("predict", run, "new.npy")
    assert outcome.code == 2
    assert "new.npy has no names of columns, and the network was trained on the columns city, size" in outcome.err


def test_a_table_for_a_network_of_arrays_says_what_it_takes(glassnet, here):
    glassnet("train", "xor", "--out", "xor", *QUICK)
    homes(here / "new.csv", 5, 2)
    outcome = glassnet("predict", "xor", "new.csv")
    assert outcome.code == 2
    assert "the network takes no images but 2 values" in outcome.err
    assert "--out is for the rows of a table" in glassnet("predict", "xor", "new.csv", "--out", "x.csv").err


def test_each_row_is_held_out_once_in_cross_validation(glassnet, here, run):
    outcome = glassnet(
        "train", "homes.csv", "--target", "rent", "--folds", 4, "--epochs", 5, "--out", "folds", "--json", *QUICK
    )
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)["folds"]["r2"]
    assert len(told["values"]) == 4
    assert told["mean"] == pytest.approx(np.mean(told["values"]))
    assert told["std"] == pytest.approx(np.std(told["values"], ddof=1))
    rows = read(here / "folds/out_of_fold.csv")
    assert [row["id"] for row in rows] == [f"h1-{number}" for number in range(200)]
    assert sorted({row["fold"] for row in rows}) == ["1", "2", "3", "4"]
    truth = np.array([float(row["rent"].replace(",", ".").removesuffix(" €")) for row in rows])
    found = np.array([float(row["prediction"]) for row in rows])
    first = np.array([row["fold"] == "1" for row in rows])
    r2 = 1 - np.sum((found - truth)[first] ** 2) / np.sum((truth[first] - truth[first].mean()) ** 2)
    assert told["values"][0] == pytest.approx(r2, rel=1e-5)


def test_the_report_names_the_task_and_every_column(glassnet, here):
    rng = np.random.default_rng(0)
    rows = [
        f"{number},{rng.integers(90)},1,{'' if number % 9 == 0 else rng.integers(5)},{'yes' if number % 8 else 'no'}"
        for number in range(200)
    ]
    (here / "t.csv").write_text("\n".join(["id,age,year,rooms,buy", *rows]) + "\n")
    outcome = glassnet("train", "t.csv", "--target", "buy", "--epochs", 1, "--out", "run", "--no-plots")
    assert "task      classification of buy: no/yes, 2 classes, 20 to 140 rows" in outcome.err
    lines = {line.split()[0]: line for line in outcome.err.splitlines() if line}
    assert "left out: names the rows" in lines["id"]
    assert "left out: one value alone" in lines["year"]
    assert "impute(indicator=True) standardize" in lines["rooms"]
    assert "class_weight='balanced'" in outcome.err
    page = (here / "run/columns.html").read_text("utf-8")
    assert all(f"<td>{name}</td>" in page for name in ("id", "age", "year", "rooms", "buy"))
    assert "2 classes, 20 to 140 rows" in page
    names = [column["name"] for column in json.loads((here / "run/summary.json").read_text())["columns"]]
    assert sorted(names) == ["age", "buy", "id", "rooms", "year"]


def test_a_column_that_tells_the_target_is_reported(glassnet, here):
    rng = np.random.default_rng(0)
    rows = [f"{rng.integers(90)},{'paid' if number % 3 else 'open'},{int(number % 3 > 0)}" for number in range(90)]
    (here / "t.csv").write_text("\n".join(["age,invoice,bought", *rows]) + "\n")
    outcome = glassnet("train", "t.csv", "--target", "bought", "--epochs", 1, "--out", "run", "--no-plots")
    assert "note: column 'invoice' alone predicts 'bought' almost perfectly (1.000)" in outcome.err
    assert "column 'age' alone" not in outcome.err


def test_groups_stay_together_and_the_latest_rows_are_tested(here):
    rows = [f"p{number % 10},2024-{1 + number % 12:02d}-{1 + number % 28:02d},{number % 7}.5" for number in range(100)]
    (here / "t.csv").write_text("\n".join(["patient,date,y", *rows]) + "\n")
    source = gn.datasets.table("t.csv", "y", group="patient")
    plan = source.plan()
    train, test = (set(plan.frame[part]["patient"]) for part in source.rows(plan))
    assert train.isdisjoint(test)
    assert train | test == {f"p{number}" for number in range(10)}
    assert "patient" not in {each.name for each in source.load().train.preprocessing.features}
    source = gn.datasets.table("t.csv", "y", time="date")
    plan = source.plan()
    early, late = (plan.frame[part]["date"] for part in source.rows(plan))
    assert early.max() <= late.min()


def test_each_class_has_its_share_in_both_parts(here):
    (here / "t.csv").write_text(
        "x,y\n" + "".join(f"{row},{'rare' if row % 10 == 0 else 'usual'}\n" for row in range(100))
    )
    data = gn.datasets.table("t.csv", "y").load()
    assert np.bincount(data.train.y).tolist() == [8, 72]
    assert np.bincount(data.test.y).tolist() == [2, 18]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5000"),
        (9999.5, "9999.5000"),
        (12345.67, "12,346"),
        (-2e6, "-2,000,000"),
        (3e9, "3e+09"),
        (1e-5, "1e-05"),
    ],
)
def test_figures_of_thousands_are_written_as_whole_numbers(value, text):
    from glassnet_commands.formatting import figure_text

    assert figure_text(value) == text
