"""What CI runs, a session for each: ``nox -s tests lint types imports docs build``.

``nox --no-venv -s lint`` runs a session in the environment that is active, and installs nothing.
"""

import os
import re
import tomllib
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "imports", "docs", "tests"]

PROJECT = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
# Tests whose results could depend on the kernels of the processor, or on the number of threads.
THREADED = [
    "test_threads",
    "test_blas_threads",
    "test_thread_pool",
    "test_microbatches",
    "test_prediction",
    "test_resume",
    "test_training",
    "test_matmul",
]
# The percentage of lines of a folder that its own tests reach. The session `coverage` measured each; none is lowered.
FLOORS = {
    "core": 98,
    "plugins/arrays": 99,
    "plugins/averaging": 84,
    "plugins/files": 83,
    "plugins/hints": 92,
    "plugins/inputs": 93,
    "plugins/memory": 85,  # 91 here; what limits memory, and so what is asked, differs between machines
    "plugins/names": 94,
    "plugins/settings": 100,
    "plugins/sharing": 99,
    "plugins/splits": 87,
    "plugins/terminal": 100,
}
# Kernels of OpenBLAS, and what a processor needs for them.
KERNELS = {"Haswell": "avx2", "Zen": "avx2", "SkylakeX": "avx512f"}


def install(session: nox.Session, *packages: str) -> None:
    """Install into the session's own environment; the active one has what it needs already."""
    if session.virtualenv.venv_backend != "none":
        session.install(*packages)


def without_kernel(**variables: str) -> dict[str, str | None]:
    """Return the environment of a command that chooses BLAS' kernels or threads by itself."""
    return {"OPENBLAS_CORETYPE": None, "OPENBLAS_L2_SIZE": None, **variables}


def kernels_here(session: nox.Session) -> list[str]:
    """Return the names of OpenBLAS' kernels that the processor supports, one for each set of kernels.

    Builds without kernels for Zen, such as NumPy's wheels, take Haswell's under that name.
    """
    information = Path("/proc/cpuinfo")
    flags = information.read_text().split() if information.exists() else []
    supported = [kernel for kernel, flag in KERNELS.items() if flag in flags]
    program = "import numpy, threadpoolctl; print(threadpoolctl.threadpool_info()[0].get('architecture'))"
    cores = {
        kernel: session.run("python", "-c", program, env={"OPENBLAS_CORETYPE": kernel}, silent=True)
        for kernel in supported
    }
    return list({core: kernel for kernel, core in reversed(cores.items())}.values())


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """Run the tests."""
    install(session, "-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Fail if the tests of a folder cover less of it than they did: ``nox -s coverage -- core plugins/names``."""
    install(session, "-e", ".[test]")
    for folder in session.posargs or FLOORS:
        session.run("pytest", "-n", "2", "--cov", "--cov-report=", f"tests/{folder}")
        session.run("coverage", "report", "--skip-covered", f"--include={folder}/*", f"--fail-under={FLOORS[folder]}")


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests of the core with the lowest versions that pyproject.toml allows."""
    # In one request, so that tools of the tests are taken in versions that such old libraries suffice for.
    install(session, "-e", ".[test]", *(re.sub(r">=([\w.]+).*", r"==\1", each) for each in PROJECT["dependencies"]))
    # Old libraries warn of what newer ones beside them have renamed.
    old = ("-W", "ignore::DeprecationWarning")
    session.run("pytest", "-n", "2", *old, "tests/core", "tests/plugins", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    install(session, "ruff>=0.9")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, and of the tests."""
    install(session, "-e", ".[test]")
    session.run("mypy")
    session.run("mypy", "--explicit-package-bases", "tests", "tools")


@nox.session
def imports(session: nox.Session) -> None:
    """Check which way imports point."""
    install(session, "-e", ".[test]")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Check that generated pages are as their generators write them, and that examples in documents run."""
    install(session, "-e", ".[test]")
    session.run(
        "pytest",
        "tests/test_documents.py",
        "tests/test_data_page.py",
        "tests/test_scikit_learn_page.py",
        "tests/test_sweeps_page.py",
        "tests/test_tutorial.py",
        *session.posargs,
    )


@nox.session
def conformance(session: nox.Session) -> None:
    """Check every component with the kit."""
    install(session, "-e", ".[test]")
    session.run("glassnet", "plugins", "--check", silent=True)
    session.run("glassnet", "check", "--all", silent=True)


@nox.session
def kernels(session: nox.Session) -> None:
    """Run threads, repeated and continued runs with the kernels of other processors and other numbers of threads."""
    install(session, "-e", ".[test]")
    found = sorted(str(path) for name in THREADED for path in Path("tests").rglob(f"{name}.py"))
    for kernel in kernels_here(session):
        session.run("pytest", "-q", *found, env={"OPENBLAS_CORETYPE": kernel})
    for number in ("1", "2", "4"):
        session.run("pytest", "-q", *found, env=without_kernel(GLASSNET_THREADS=number))
    session.run("pytest", "-q", *found, env={"OPENBLAS_NUM_THREADS": "1"})


@nox.session
def attack(session: nox.Session) -> None:
    """Run a short round of each attack: kills, failing writes, damaged inputs, hostile arrays, threads, many fits."""
    install(session, "-e", ".[test]")
    session.run("pytest", "-q", "-m", "attack", "tests/attack")


@nox.session
def peers(session: nox.Session) -> None:
    """Compare components with PyTorch, scikit-learn and SciPy, and test the benchmarks."""
    install(session, "-e", ".[test,bench]")
    # Some tests of these need what they compare with, and are skipped where it is not installed.
    further = ["tests/plugins/testing/test_counterparts.py", "tests/plugins/onnx/test_foreign_graph.py"]
    session.run("pytest", "tests/oracle", "tests/benchmarks", *further, "tests/plugins/dataloaders", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure: ``nox -s bench -- training --rounds 5``."""
    install(session, "-e", ".[bench]")
    session.run("python", "-m", "benchmarks", *session.posargs, env=without_kernel())


@nox.session
def build(session: nox.Session) -> None:
    """Build the distribution and check its metadata."""
    install(session, "build", "twine")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", os.path.join(folder, "dist"), silent=True)
    session.run("twine", "check", "--strict", *map(str, Path(folder, "dist").glob("glassnet-*")))
