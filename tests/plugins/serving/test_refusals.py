"""A request that cannot be answered gets one sentence in JSON, and no part of the server is hurt."""

import io
import json
import socket
import time

import numpy as np
import pytest
from PIL import Image

from tests.plugins.serving.conftest import Client, served

ROW = [5.1, 3.5, 1.4, 0.2]


@pytest.mark.parametrize(
    ("name", "body", "media_type", "status", "words"),
    [
        ("iris", b"{", "application/json", 400, "the body is not JSON"),
        ("iris", b"[" * 100_000, "application/json", 400, "nested too deeply"),
        ("iris", b'{"rows": [[NaN, 1, 1, 1]]}', "application/json", 400, "NaN is not a number of JSON"),
        ("iris", b"\xff\xfe", "application/json", 400, "the body is not JSON"),
        ("iris", [ROW], "application/json", 400, "the JSON is a list"),
        ("iris", {"path": "/etc/passwd"}, "application/json", 400, "an object with ['path']"),
        ("iris", {"rows": []}, "application/json", 422, "there are no rows"),
        ("iris", {"rows": [ROW, ROW[1:]]}, "application/json", 422, "different lengths"),
        ("iris", {"rows": [ROW[1:]]}, "application/json", 422, "shape (3,)"),
        ("iris", {"rows": [["a", 1, 1, 1]]}, "application/json", 422, "not numbers alone"),
        ("iris", b'{"rows": [[1e999, 1, 1, 1]]}', "application/json", 422, "inf"),
        ("iris", {"rows": [[10**400, 1, 1, 1]]}, "application/json", 422, "not numbers alone"),
        ("iris", {"rows": [{"sepal_lenght": 1}]}, "application/json", 422, "did you mean 'sepal_lenght'"),
        ("iris", "1,2,3,x", "text/csv", 422, "'x', which is not a number"),
        ("iris", "", "text/csv", 422, "no rows"),
        ("iris", b"\xff\xfe\xfd", "text/csv", 422, "not CSV in UTF-8"),
        ("iris", "1", "text/plain", 415, "the content type text/plain"),
        ("houses", {"rows": [{"rooms": 3}]}, "application/json", 422, "no column 'town'"),
        (
            "houses",
            b'{"rows": [{"rooms": 3, "town": "\\ud800"}]}',
            "application/json",
            422,
            "the code 0xd800, half of a pair",
        ),
        (
            "houses",
            b'{"rows": [{"\\udfff": 3, "town": "York"}]}',
            "application/json",
            422,
            "the code 0xdfff, half of a",
        ),
        ("houses", {"rows": [ROW]}, "application/json", 422, "row 1 is not an object"),
        ("houses", {"rows": [{}]}, "application/json", 422, "the rows have no columns; give rooms, town"),
        ("iris", {"rows": [{}]}, "application/json", 422, "row 1 has no column 'sepal_length'"),
        ("houses", {"rows": [{"rooms": [3], "town": "York"}]}, "application/json", 422, "'rooms' of row 1"),
        ("houses", b"\x89PNG", "image/png", 415, "send rows with the columns rooms, town"),
        ("houses", "rooms\n3\n", "text/csv", 422, "no column 'town'"),
        ("houses", {"rows": [{f"c{k}": 1 for k in range(500)}]}, "application/json", 422, "500 columns"),
        ("pixels", {"rows": [[256] * 64]}, "application/json", 422, "whole numbers from 0 to 255"),
        ("pixels", {"rows": [[1.5] * 64]}, "application/json", 422, "whole numbers from 0 to 255"),
        ("pixels", b"GIF89a", "image/gif", 422, "the image is not a readable image"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_one_sentence(client, name, body, media_type, status, words):
    found, answer = client(name).ask(body, media_type)
    assert (found, [*answer]) == (status, ["error"])
    assert words in answer["error"]
    assert "/tmp" not in answer["error"]


def test_a_bomb_of_an_image_is_refused(client):
    content = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(content, "PNG")
    assert len(content.getvalue()) < 100_000
    status, answer = client("pixels").ask(content.getvalue(), "image/png")
    assert (status, [*answer]) == (422, ["error"])


def test_addresses_and_methods_that_are_not_there(client):
    connection = client("iris")
    status, _, text = connection.raw("GET", "/../../etc/passwd")
    assert (status, [*json.loads(text)]) == (404, ["error"])
    status, _, text = connection.raw("GET", "/predict")
    assert status == 405
    assert "use POST" in json.loads(text)["error"]


def test_other_names_of_the_server_are_refused(client):
    status, _, text = client("iris").raw("GET", "/health", Host="evil.example")
    assert status == 400
    assert "127.0.0.1" in json.loads(text)["error"]


def test_what_is_not_http_is_refused_in_json(servers):
    with socket.create_connection(("127.0.0.1", servers["iris"]), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert [*json.loads(answer.partition(b"\r\n\r\n")[2])] == ["error"]


def test_size_rows_and_time_have_limits(runs):
    with served(runs / "iris", max_bytes=2000, max_rows=3, timeout=0.5) as port:
        assert Client(port).ask({"rows": [ROW] * 3})[0] == 200
        status, answer = Client(port).ask({"rows": [ROW] * 4})
        assert (status, answer["error"]) == (413, "the request has 4 rows; send at most 3 at once")
        status, answer = Client(port).ask(" " * 5000)
        assert status == 413
        assert "2,000 bytes" in answer["error"]
        parts = (b" " * 500 for _ in range(10))  # no announced length
        status, _, _ = Client(port).raw("POST", "/predict", parts)
        assert status == 413
        assert slow(port, b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n").startswith(
            b"HTTP/1.1 408"
        )
        assert slow(port, b"POST /predict HT") == b""
        assert slow(port, b"") == b""


def slow(port, beginning):
    """Return what a server sends to a client that sends the beginning of a request, until it closes the connection."""
    started_at = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(beginning)
        answer = connection.makefile("rb").read()
    assert time.monotonic() - started_at < 5
    return answer


def test_more_requests_than_allowed_are_told_to_come_again(runs):
    with served(runs / "iris", max_requests=1, timeout=5) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as first:
            first.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
            while json.loads(Client(port).raw("GET", "/health")[2])["open"] < 1:
                time.sleep(0.01)
            status, headers, text = Client(port).raw("POST", "/predict", "{}")
            assert (status, headers["Retry-After"]) == (503, "1")
            assert "send this one again" in json.loads(text)["error"]
            first.sendall(b"12345")
            assert first.recv(12) == b"HTTP/1.1 415"
        assert Client(port).ask({"rows": [ROW]})[0] == 200


def test_a_failure_of_the_server_ends_one_request(runs, monkeypatch, capsys):
    from glassnet_serving import predictor

    def fail(*_):
        raise ZeroDivisionError("boom")

    with served(runs / "iris") as port:
        with monkeypatch.context() as patch:
            patch.setattr(predictor, "question_in", fail)
            status, answer = Client(port).ask({"rows": [ROW]})
        assert (status, "ZeroDivisionError" in answer["error"]) == (500, True)
        assert Client(port).ask({"rows": [ROW]})[0] == 200
    assert "boom" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:x has numbers:glassnet.errors.GlassnetWarning")
def test_extreme_values_leave_the_server_working(client):
    for value in (3e38, -3e38, 1e-45, np.pi * 1e30):
        status, answer = client("iris").ask({"rows": [[value] * 4]})
        assert status in (200, 422), answer
    assert client("iris").ask({"rows": [ROW]})[0] == 200
