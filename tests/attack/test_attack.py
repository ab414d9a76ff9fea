"""A short round of each driver: every fault is on the list of known ones, and every one on the list shows up."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.page import DRIVERS

ROOT = Path(__file__).parents[2]


@pytest.mark.attack
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and limits what a process holds in this way")
@pytest.mark.parametrize("name", DRIVERS)
def test_a_short_round_finds_the_known_faults_and_no_other(name):
    command = [sys.executable, "-m", "tests.attack", name, "--short", "--seed", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
