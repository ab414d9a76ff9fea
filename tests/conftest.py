"""Fixtures of all tests: the number of threads, and an environment into which tests install distributions for real."""

import functools
import math
import os
import signal
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from glassnet_parallel import thread_pool as all_cores
from tests.fake_distributions import install as install, registry as registry, swish as swish

ROOT = Path(__file__).parents[1]

# No test is timed: a busy machine draws examples slowly.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Programs that tests start inherit that Ctrl-C is ignored, as in a script's background, and glassnet leaves it so.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# An example may take any time on a busy machine, and the code that is tested has no part in that.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


class Environment:
    """A virtual environment that sees what is installed here, so that installing a project downloads nothing."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.programs = folder / "bin"
        packages = self.shell("python -c \"import sysconfig; print(sysconfig.get_path('purelib'))\"", folder).strip()
        outer = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        Path(packages, "outer.pth").write_text(outer)
        for name, target in {"pytest": "pytest:console_main", "glassnet": "glassnet_commands.start:main"}.items():
            module, _, function = target.partition(":")
            program = self.programs / name
            lines = [
                f"#!{self.programs / 'python'}",
                f"from {module} import {function}",
                f"raise SystemExit({function}())",
            ]
            program.write_text("\n".join(lines) + "\n")
            program.chmod(0o755)

    def shell(self, command: str, folder: Path, expected: int = 0) -> str:
        """Run a command as a user would type it, and return what it prints."""
        variables = {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(command, shell=True, cwd=folder, env=variables, capture_output=True, text=True)
        assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Return an environment for one test."""
    return Environment(tmp_path / "environment")


@pytest.fixture
def threads(monkeypatch):
    """Return a function that sets the number of threads; the machine counts as free of other work."""
    monkeypatch.setattr(all_cores._Rest, "TOO_LATE", math.inf)
    monkeypatch.setattr(all_cores, "_rest", all_cores._Rest())

    start_threads = all_cores._calls.__wrapped__

    def set_number(count):
        monkeypatch.setattr(all_cores, "num_threads", lambda: count)
        monkeypatch.setattr(all_cores, "_calls", functools.cache(start_threads))

    return set_number
