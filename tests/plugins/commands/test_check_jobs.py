"""``glassnet check --jobs``: several processes give the answer of one."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.plugins.commands.conftest import GLASSNET, environment

MODULE = """
import os
import glassnet as gn

class Right(gn.Transform):
    \"\"\"Source: by definition.\"\"\"
    takes = "numbers"

    def fit(self, values):
        print("not a part of the answer")
        return {}

    def transform(self, values, state):
        return values * 1.0

class Wrong(Right):
    \"\"\"Source: by mistake.\"\"\"
    def transform(self, values, state):
        return values - values.mean(axis=0)

class Ends(Right):
    \"\"\"Source: by mistake.\"\"\"
    def fit(self, values):
        os._exit(3)
"""


@pytest.fixture
def with_module(distribution):
    names = {"right": "some_module:Right", "wrong": "some_module:Wrong", "lost": "some_module:Lost"}
    distribution("glassnet-some", "1.0", {"transforms": names}, some_module=MODULE)


def test_two_processes_print_what_one_prints(run_glassnet, with_module):
    alone, by_two = (run_glassnet("check", "--dist", "glassnet-some", "--jobs", jobs) for jobs in (1, 2))

    assert by_two.stdout == alone.stdout
    assert by_two.returncode == alone.returncode == 1
    assert "FAILED  transform:wrong  1 of" in by_two.stdout
    assert "not a part of the answer" not in by_two.stdout


def test_a_component_that_ends_its_process_is_named_without_a_traceback(run_glassnet, distribution):
    names = {"ends": "some_module:Ends", "right": "some_module:Right"}
    distribution("glassnet-some", "1.0", {"transforms": names}, some_module=MODULE)

    done = run_glassnet("check", "--dist", "glassnet-some", "--jobs", "2")

    assert done.returncode == 2
    assert "the process that checked transform:ends" in done.stderr
    assert "--jobs 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_all_processes_with_one_word(site):
    arguments = ["check", "--dist", "glassnet", "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", GLASSNET, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(site, {}),
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ok")
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told.splitlines()[-1] == "interrupted"
    assert "Traceback" not in told
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a process of the group still runs")
