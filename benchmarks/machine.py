"""On what and with what a run of the benchmark was made."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("glassnet", "numpy", "numba", "mkl", "torch", "scikit-learn", "jax", "optax", "keras")
_SETTINGS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "GOMP_SPINCOUNT",
    "NUMBA_NUM_THREADS",
    "XLA_FLAGS",
    "GLASSNET_THREADS",
    "GLASSNET_ACCELERATORS",
)


def description() -> dict[str, Any]:
    """Return processor, cores, versions, settings, date and command, as text."""
    versions = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "code": _commit(),
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions,
        "settings": {name: os.environ[name] for name in _SETTINGS if name in os.environ},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Return the commit of the checkout, with a mark where files differ from it; an empty text outside a repository."""
    root = Path(__file__).parents[1]
    command = ["git", "describe", "--always", "--dirty=, changed", "--abbrev=8", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
