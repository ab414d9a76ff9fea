"""Large tables on the command line: answers in pieces are those for the whole table."""

import json
import sqlite3

import numpy as np
import polars
import pytest

from glassnet_tables import pieces, text_pieces

QUICK = ["--quiet", "--no-plots", "--epochs", 3]


def shops(path, count, start=0):
    rows = [
        f"i{row},{['Ulm', 'Bonn', 'Trier'][row % 3]},{row % 97},{'yes' if row % 97 > 40 else 'no'}"
        for row in range(start, start + count)
    ]
    path.write_text("\n".join(["id,city,visits,buys", *rows]) + "\n")


@pytest.fixture
def in_small_pieces(monkeypatch):
    def change():
        monkeypatch.setattr(pieces, "LARGE_BYTES", 1000)
        monkeypatch.setattr(text_pieces, "_PIECE_BYTES", 2000)

    return change


@pytest.fixture
def run(glassnet, here):
    shops(here / "shops.csv", 400)
    assert glassnet("train", "shops.csv", "--target", "buys", "--out", "run", *QUICK).code == 0
    return "run"


def test_predictions_in_pieces_are_those_for_the_whole(glassnet, here, run, in_small_pieces):
    shops(here / "new.csv", 500, 1000)
    new = (here / "new.csv").read_text().replace("Trier", "Jena")
    (here / "new.csv").write_text(new)
    whole = glassnet("predict", run, "new.csv", "--json", "--out", "whole.csv")
    shown = glassnet("predict", run, "new.csv")
    in_small_pieces()
    parts = glassnet("predict", run, "new.csv", "--json", "--out", "parts.csv")
    assert json.loads(parts.out) == json.loads(whole.out)
    assert "column 'city' has 167 values that the training rows do not have ('Jena')" in parts.err
    assert (here / "parts.csv").read_bytes() == (here / "whole.csv").read_bytes()
    found = polars.read_csv(here / "parts.csv")
    assert found["id"].to_list() == [f"i{row}" for row in range(1000, 1500)]
    assert glassnet("predict", run, "new.csv").out == shown.out


def test_a_broken_row_far_down_leaves_no_half_file(glassnet, here, run, in_small_pieces):
    shops(here / "new.csv", 500)
    with (here / "new.csv").open("a") as file:
        file.write("i1,Ulm,1,no,5,6\n")
    in_small_pieces()
    outcome = glassnet("predict", run, "new.csv", "--out", "out.csv")
    assert outcome.code == 2
    assert "line 502: 6 cells" in outcome.err
    assert not [each for each in here.iterdir() if "out" in each.name or "partial" in each.name]


def test_folds_in_pieces_predict_each_row_once(glassnet, here):
    shops(here / "shops.csv", 600)
    outcome = glassnet(
        "train",
        f"table({str(here / 'shops.csv')!r}, 'buys', in_memory=0)",
        "--folds",
        3,
        "--out",
        "run",
        "--json",
        *QUICK,
    )
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)["folds"]["accuracy"]
    rows = polars.read_csv(here / "run/out_of_fold.csv")
    assert rows["id"].to_list() == [f"i{row}" for row in range(600)]
    is_right = (rows["prediction"] == rows["buys"]).to_numpy()
    accuracies = [is_right[(rows["fold"] == fold).to_numpy()].mean() for fold in (1, 2, 3)]
    np.testing.assert_allclose(told["values"], accuracies, atol=1e-6)


def test_a_database_is_predicted_by_the_query_of_the_training(glassnet, here):
    for name in ("old.db", "new.db"):
        with sqlite3.connect(here / name) as connection:
            connection.execute("create table visits (city text, visits real, cost real)")
            connection.execute("create table others (a)")
            rows = [("Ulm" if row % 2 else "Bonn", float(row), 3.0 * row + row % 2) for row in range(80)]
            connection.executemany("insert into visits values (?, ?, ?)", rows)
        connection.close()
    query = "select city, visits, cost from visits"
    trained = glassnet("train", "old.db", "--target", "cost", "--query", query, "--out", "run", *QUICK)
    assert trained.code == 0, trained.err
    outcome = glassnet("predict", "run", "new.db", "--json")
    assert outcome.code == 0, outcome.err
    assert len(json.loads(outcome.out)["predictions"]) == 80
    fewer = glassnet("predict", "run", "new.db", "--query", f"{query} where visits < 10", "--json")
    assert len(json.loads(fewer.out)["predictions"]) == 10
    evaluated = glassnet("evaluate", "run", "new.db", "--json")
    assert json.loads(evaluated.out)["samples"] == 80


def test_a_table_without_names_is_predicted_as_it_was_trained(glassnet, here):
    (here / "old.csv").write_text("".join(f"a{row % 3},{'b' if row % 3 else 'c'}\n" for row in range(60)))
    assert glassnet("train", "old.csv", "--target", "2", "--header", "no", "--out", "run", *QUICK).code == 0
    (here / "new.csv").write_text("a1,b\na0,c\n")
    outcome = glassnet("predict", "run", "new.csv", "--json")
    assert len(json.loads(outcome.out)["predictions"]) == 2, outcome.err
