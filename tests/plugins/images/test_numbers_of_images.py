"""A number for each image: from a table of names and numbers to the numbers of new photos, in their unit."""

import json

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_commands.command_line import main

# The mean brightness tells the number.
MEAN = "global_avg_pool2d dense(1)"
HOW = ["--layers", MEAN, "--epochs", "40", "--optimizer", "adam(lr=0.1)", "--batch-size", "8"]
QUIET = ["--no-plots", "--quiet", "--json"]


def price(grey):
    return 5 + grey / 10


@pytest.fixture
def prices(tmp_path):
    """A table of grey images and their prices, with a decimal comma and a currency, and a table of new ones."""
    rng = np.random.default_rng(0)
    for name, count in (("prices", 40), ("new", 5)):
        lines = ["picture;shop;price"]
        (tmp_path / name).mkdir()
        for number in range(count):
            grey = int(rng.integers(0, 250))
            Image.new("L", (20, 12 + number % 3), grey).save(tmp_path / name / f"{name}{number}.png")
            lines.append(f"{name}/{name}{number}.png;Ulm;" + f"{price(grey):.2f} €".replace(".", ","))
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), "utf-8")
    return tmp_path


def run(capsys, *arguments):
    assert main([str(each) for each in arguments]) == 0
    return json.loads(capsys.readouterr().out)


def truth(table):
    lines = table.read_text("utf-8").splitlines()[1:]
    return {line.split(";")[0]: float(line.split(";")[2].removesuffix(" €").replace(",", ".")) for line in lines}


def test_prices_of_new_photos_come_in_euros(prices, capsys):
    source = f"images({str(prices / 'prices.csv')!r}, target='price', size=16)"
    trained = run(capsys, "train", source, *HOW, *QUIET, "--out", prices / "run")
    assert trained["task"] == "regression"
    assert trained["units"].startswith("errors are in €")
    assert trained["test"]["mean_absolute_error"] < 1
    photos = sorted((prices / "new").iterdir())
    answers = run(capsys, "predict", prices / "run", *photos, "--json")["predictions"]
    predicted = np.array([answer["values"][0] for answer in answers])
    true = np.array([truth(prices / "new.csv")[f"new/{photo.name}"] for photo in photos])
    np.testing.assert_allclose(predicted, true, atol=1)
    measured = run(capsys, "evaluate", prices / "run", prices / "new.csv", "--json")
    assert measured["mean_absolute_error"] == pytest.approx(np.abs(predicted - true).mean(), rel=1e-5)
    assert measured["samples"] == 5
    assert main(["predict", str(prices / "run"), str(photos[0])]) == 0
    assert capsys.readouterr().out.strip().endswith(" €")


def test_targets_are_standardized_by_the_images_to_train_with(prices):
    data = gn.datasets.images(str(prices / "prices.csv"), target="price").load()
    known = truth(prices / "prices.csv")
    names = sorted(known)
    assert (len(data.train), len(data.test)) == (32, 8)
    in_euros = data.train.preprocessing.in_units(data.train.y)[:, 0]
    assert set(np.round(in_euros, 2)) <= {known[name] for name in names}
    np.testing.assert_allclose(data.train.y[:, 0], (in_euros - in_euros.mean()) / in_euros.std(), atol=1e-5)


def test_the_saved_network_gives_the_same_numbers(prices, tmp_path):
    data = gn.datasets.images(str(prices / "prices.csv"), target="price").load()
    net = gn.Network(MEAN)
    net.fit(data.train, loss="mse", optimizer="adam(lr=0.1)", epochs=30, metrics=["mae"], progress=False)
    net.save(tmp_path / "net.safetensors")
    again = gn.load(tmp_path / "net.safetensors")
    photos = sorted((prices / "new").iterdir())
    np.testing.assert_array_equal(again.predict(photos), net.predict(photos))
    assert again.predict(photos).shape == (5,)
    assert again.evaluate(prices / "new.csv") == net.evaluate(prices / "new.csv")


def test_numbers_are_classes_on_request(prices):
    rows = (prices / "prices.csv").read_text("utf-8").splitlines()
    stars = "\n".join(
        ["picture,stars", *(f"{row.split(';')[0]},{number % 2}.5" for number, row in enumerate(rows[1:]))]
    )
    (prices / "stars.csv").write_text(stars)
    assert gn.datasets.images(str(prices / "stars.csv")).load().task == "regression"
    data = gn.datasets.images(str(prices / "stars.csv"), task="classification").load()
    assert data.classes == ("0.5", "1.5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "shop"}, "has the class 'Ulm' in every row"),
        ({"target": "shop", "task": "regression"}, "'Ulm' is not a number, and each image needs one"),
        ({"target": "cost"}, "has no column 'cost'"),
    ],
)
def test_columns_that_are_no_numbers_are_named(prices, options, message):
    with pytest.raises(gn.DataError, match=message):
        gn.datasets.images(str(prices / "prices.csv"), **options).load()


def test_a_table_of_images_that_is_trained_as_a_table_says_how(prices, capsys):
    lines = [";".join(line.split(";")[::2]) for line in (prices / "prices.csv").read_text("utf-8").splitlines()]
    (prices / "two.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(gn.DataError, match="picture names images, so give images\\('"):
        gn.datasets.table(str(prices / "two.csv"), "price").load()


def test_a_number_that_cannot_be_read_is_named(prices):
    data = gn.datasets.images(str(prices / "prices.csv"), target="price").load()
    with pytest.raises(gn.DataError, match="'many' is not a value of 'price'"):
        data.train.preprocessing.targets(["1,50 €", "many"])
