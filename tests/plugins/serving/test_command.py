"""``glassnet serve`` as a process: it starts, describes itself, and ends without losing a request."""

import json
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from glassnet_commands.command_line import main
from tests.plugins.serving.conftest import Client

GLASSNET = "import sys; from glassnet_commands.start import main; sys.exit(main())"
BODY = json.dumps({"rows": [[5.1, 3.5, 1.4, 0.2]] * 50})


@pytest.fixture
def process(runs):
    """A server in a process of its own, with its port."""
    command = [sys.executable, "-c", GLASSNET, "serve", str(runs / "iris"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            line = started.stdout.readline()
            started.port = int(re.search(r"127\.0\.0\.1:(\d+)", line)[1])
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def test_sigterm_loses_no_request(process):
    problems, answered, told = [], [], threading.Event()

    def ask():
        while not told.wait(0.001) or time.monotonic() < ends_at:
            client = Client(process.port)
            try:
                client.connection.connect()
            except ConnectionRefusedError:  # the server is gone, and nothing was sent
                return
            try:
                while True:
                    status, headers, text = client.raw("POST", "/predict", BODY)
                    assert status == 200
                    assert len(json.loads(text)["predictions"]) == 50
                    answered.append(time.monotonic())
                    if headers.get("Connection") == "close":
                        break
            except Exception as error:  # whichever way a request is lost
                problems.append(repr(error))
                return
            finally:
                client.connection.close()

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    ends_at = time.monotonic() + 10
    told.set()
    process.send_signal(signal.SIGTERM)
    sent_at = time.monotonic()
    for thread in threads:
        thread.join(20)
    assert problems == []
    assert any(moment > sent_at for moment in answered)
    assert any(moment < sent_at for moment in answered)
    assert process.wait(20) == 0
    counted = int(re.search(r"ended; ([\d,]+) requests", process.stderr.read())[1].replace(",", ""))
    assert counted == len(answered)


def test_ctrl_c_ends_the_server_while_a_connection_is_idle(process):
    idle = Client(process.port)
    assert idle.raw("GET", "/health")[0] == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert err == "ended; 0 requests answered\n"


def test_a_closed_terminal_ends_the_server_when_all_is_answered(process):
    idle = Client(process.port)
    assert idle.raw("GET", "/health")[0] == 200
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert Client(process.port).raw("POST", "/predict", BODY)[0] == 200
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (129, "")
    assert err.startswith("ended; 1 requests answered\n")
    assert "Traceback" not in err


def test_mistakes_on_the_command_line_are_one_sentence(runs, servers, capsys, tmp_path):
    for arguments, words in {
        (str(tmp_path / "nothing"),): "nothing",
        (str(runs / "iris"), "--port", str(servers["iris"])): "cannot listen on 127.0.0.1",
        (str(runs / "iris"), "--host", "no.such.host.invalid"): "cannot listen on no.such.host.invalid",
        (str(runs / "iris"), "--port", "70000"): "70000",
    }.items():
        assert main(["serve", *arguments]) == 2
        err = capsys.readouterr().err
        assert err.startswith("error: ")
        assert words in err
        assert len(err.splitlines()) == 1


def test_absent_libraries_are_named_with_the_extra(runs, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", str(runs / "iris")]) == 2
    assert 'pip install "glassnet[serve]"' in capsys.readouterr().err
