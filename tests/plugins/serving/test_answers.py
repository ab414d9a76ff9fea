"""The answers of a server are those of ``glassnet predict --json``."""

import io
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_commands.command_line import main
from tests.plugins.serving.conftest import Client

ROWS = [{"rooms": 4, "town": "York"}, {"rooms": 7, "town": "Hull"}, {"rooms": None, "town": "Bath"}]
CSV = "town,rooms\nYork,4\nHull,7\nBath,\n"
PIXELS = np.random.default_rng(1).integers(2, 256, (20, 8, 8, 1), np.uint8)


@pytest.fixture
def predicted(runs, tmp_path, capsys):
    """Return a function that gives what ``glassnet predict --json`` prints for a file."""

    def run(name, file, content):
        (tmp_path / file).write_bytes(content)
        capsys.readouterr()
        assert main(["predict", str(runs / name), str(tmp_path / file), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def array_file(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def without_files(answer):
    return [{**each, "file": None} for each in answer["predictions"]]


def test_rows_by_name_are_answered_as_the_command_answers_their_table(client, predicted):
    expected = predicted("houses", "houses.csv", CSV.encode())
    assert client("houses").ask({"rows": ROWS}) == (200, expected)
    assert "Bath" in expected["notes"][0]
    assert len(expected["predictions"]) == 3


def test_a_table_is_answered_as_the_command_answers_it(client, predicted):
    expected = predicted("houses", "houses.csv", CSV.encode())
    assert client("houses").ask(CSV, "text/csv; charset=utf-8") == (200, expected)


@pytest.mark.parametrize("form", ["npy", "json", "flat json", "csv"])
def test_samples_are_answered_as_the_command_answers_them(client, predicted, form):
    expected = predicted("pixels", "pixels.npy", array_file(PIXELS))
    flat = PIXELS.reshape(20, -1).tolist()
    body, media_type = {
        "npy": (array_file(PIXELS), "application/x-npy"),
        "json": ({"rows": PIXELS.tolist()}, "application/json"),
        "flat json": ({"rows": flat}, "application/json"),
        "csv": ("\n".join(",".join(map(str, row)) for row in flat), "text/csv"),
    }[form]
    status, answer = client("pixels").ask(body, media_type)
    assert (status, answer["predictions"], answer["notes"]) == (200, without_files(expected), [])


def test_an_image_is_answered_as_the_command_answers_it(client, predicted):
    content = io.BytesIO()
    Image.fromarray(PIXELS[0, ..., 0]).save(content, "PNG")
    expected = predicted("pixels", "one.png", content.getvalue())
    status, answer = client("pixels").ask(content.getvalue(), "image/png")
    assert (status, answer["predictions"]) == (200, without_files(expected))


def test_fractions_are_the_brightness_of_pixels(client, runs):
    fractions = (PIXELS[:2] / 510).astype(np.float32)
    network = gn.load(runs / "pixels" / "model.safetensors")
    status, answer = client("pixels").ask({"rows": fractions.tolist()})
    assert status == 200
    found = [[*each["probabilities"].values()] for each in answer["predictions"]]
    np.testing.assert_array_equal(np.array(found, np.float32), network.predict(fractions))


def test_columns_may_come_in_any_order(client):
    names = ["petal_width", "petal_length", "sepal_width", "sepal_length"]
    row = [0.2, 1.4, 3.5, 5.1]
    by_place = client("iris").ask({"rows": [row[::-1]]})
    assert by_place[0] == 200
    assert client("iris").ask({"rows": [dict(zip(names, row, strict=True))]}) == by_place
    assert client("iris").ask(f"{','.join(names)}\n{','.join(map(str, row))}", "text/csv") == by_place


def test_a_thousand_requests_over_32_connections_have_the_bytes_of_predict(servers, runs):
    network = gn.load(runs / "pixels" / "model.safetensors")
    expected = [network.predict(PIXELS[row : row + 1])[0].tolist() for row in range(20)]
    bodies = [json.dumps({"rows": [PIXELS[row].tolist()]}) for row in range(20)]

    def ask(number):
        client = Client(servers["pixels"])
        rows = [(number + step) % 20 for step in range(32)]
        return [(row, client.ask(bodies[row])) for row in rows]

    with ThreadPoolExecutor(32) as pool:
        answers = [answer for found in pool.map(ask, range(32)) for answer in found]
    assert len(answers) == 1024
    for row, (status, answer) in answers:
        assert status == 200
        # Numbers in JSON are written so that they are read as the same floats.
        assert [*answer["predictions"][0]["probabilities"].values()] == expected[row]


def test_no_pickle_is_read(client):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    for content in (pickle.dumps(Evil()), array_file(np.array([Evil()], object))):
        status, answer = client("pixels").ask(content, "application/x-npy")
        assert status == 422
        assert "is not an array of numbers" in answer["error"]


def test_text_in_rows_is_a_value_and_no_path(client, tmp_path):
    (tmp_path / "secret.csv").write_text(CSV)
    status, answer = client("houses").ask({"rows": [{"rooms": 4, "town": str(tmp_path / "secret.csv")}]})
    assert status == 200
    assert len(answer["predictions"]) == 1
