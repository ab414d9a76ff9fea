"""Runs to serve, and servers in a thread of this process."""

import http.client
import json
import threading
from contextlib import contextmanager

import numpy as np
import pytest

import glassnet as gn
from glassnet_commands.command_line import main
from glassnet_commands.saved_run import open_saved
from glassnet_serving.app import Service
from glassnet_serving.limits import Limits
from glassnet_serving.openapi import describe
from glassnet_serving.server import Server, listening

HOUSES = "rooms,town,price\n" + "".join(
    f"{rooms},{town},{rooms * 50_000 + 10_000 * (town == 'York')}\n"
    for rooms in range(2, 9)
    for town in ("York", "Hull")
)


class Client:
    """A connection that sends requests one after the other."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def __del__(self):
        self.connection.close()

    def raw(self, method, path, body=None, media_type="application/json", **headers):
        """Return status, headers and text of an answer."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers["Content-Type"] = media_type
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def ask(self, body, media_type="application/json"):
        """Return status and content of the answer to a request for predictions."""
        if media_type == "application/json" and not isinstance(body, bytes | str):
            body = json.dumps(body)
        status, _, text = self.raw("POST", "/predict", body, media_type)
        return status, json.loads(text)


@contextmanager
def served(path, **limits):
    """Serve a run within a ``with`` block, and return the port."""
    saved = open_saved(path)
    given = Limits(**limits)
    listener = listening("127.0.0.1", 0)
    server = Server(Service(saved, given, describe(saved, given, "0")), ("127.0.0.1", "localhost"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.force_exit = server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A folder with a run on a table, one on classes of numbers, and one on pixels."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "houses.csv").write_text(HOUSES)
    table = ["train", str(folder / "houses.csv"), "--target", "price", "--out", str(folder / "houses"), "--epochs", "2"]
    iris = ["train", "iris", "--out", str(folder / "iris"), "--epochs", "2"]
    for arguments in (table, iris):
        assert main([*arguments, "--quiet", "--no-plots"]) == 0
    network = gn.Network("flatten dense(64) relu dense(10) softmax")
    x = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), np.uint8)
    network.fit(
        x, np.arange(64) % 10, loss="crossentropy", optimizer="adam", epochs=1, progress=False, folder=folder / "pixels"
    )
    return folder


@pytest.fixture(scope="session")
def servers(runs):
    """The ports of a server for each run, by name."""
    with served(runs / "houses") as houses, served(runs / "iris") as iris, served(runs / "pixels") as pixels:
        yield {"houses": houses, "iris": iris, "pixels": pixels}


@pytest.fixture
def client(servers):
    """Return a function that gives a connection to the server of a run."""
    return lambda name: Client(servers[name])
