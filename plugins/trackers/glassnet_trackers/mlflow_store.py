"""Where MLflow keeps runs."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import glassnet as gn
from glassnet_trackers.mlflow_model import save_model

# What MLflow takes at once, and the longest text of a parameter.
_MOST_METRICS = 1000
_LONGEST = 6000
_SECONDS_TO_REACH = 10


class Store:
    """A store of MLflow: a database in a file, or a server.

    Parameters
    ----------
    path
        An SQLite file. By default ``MLFLOW_TRACKING_URI`` names the store, else it is ``mlflow.db`` in the current
        folder.

    Raises
    ------
    MissingExtraError
        If MLflow is not installed.
    FileError
        If the file cannot be opened or is not a database, or if the server does not answer.
    """

    def __init__(self, path: str | None) -> None:
        self._uri = _uri_of(path)
        _try_to_open(self._uri)
        self._client = _client_of(self._uri)

    def start(self, experiment: str, name: str | None, tags: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
        """Start a run, and return its id."""
        from mlflow.entities import Param

        with _in_one_sentence(self._uri):
            made = self._client.create_run(self._experiment_id(experiment), run_name=name, tags=dict(tags))
        run_id = str(made.info.run_id)
        self._client.log_batch(run_id, params=[Param(key, str(value)[:_LONGEST]) for key, value in parameters.items()])
        return run_id

    def reopen(self, run_id: str) -> int:
        """Go on with a run, and return the last epoch that it has."""
        with _in_one_sentence(self._uri):
            self._client.update_run(run_id, status="RUNNING")
        return max((each.step for each in self._client.get_metric_history(run_id, "loss")), default=0)

    def log(self, run_id: str, figures: Mapping[str, float], epoch: int, seconds: float | None = None) -> None:
        """Add figures of an epoch that ended at `seconds` since 1970, by default now."""
        from mlflow.entities import Metric

        moment = int((time.time() if seconds is None else seconds) * 1000)
        metrics = [Metric(name, float(value), moment, epoch) for name, value in figures.items()]
        for start in range(0, len(metrics), _MOST_METRICS):
            self._client.log_batch(run_id, metrics=metrics[start : start + _MOST_METRICS])

    def save_model(self, run_id: str, network: gn.Network) -> None:
        """Add a network as the artifact ``model``."""
        with tempfile.TemporaryDirectory() as folder:
            save_model(network, Path(folder, "model"))
            self._client.log_artifacts(run_id, folder)

    def save_files(self, run_id: str, files: Iterable[Path]) -> None:
        """Add files as artifacts."""
        for file in files:
            self._client.log_artifact(run_id, str(file))

    def note(self, run_id: str, tags: Mapping[str, str], texts: Mapping[str, str]) -> None:
        """Add tags, and texts as artifacts by the names of their files."""
        for name, value in tags.items():
            self._client.set_tag(run_id, name, value)
        for name, text in texts.items():
            self._client.log_text(run_id, text, name)

    def end(self, run_id: str, status: str) -> None:
        """End a run."""
        self._client.set_terminated(run_id, status)

    def _experiment_id(self, name: str) -> str:
        """Return the experiment of a name, made if there is none; artifacts are beside a database in a file."""
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        place = None
        if self._uri.startswith("sqlite:///"):
            place = (Path(self._uri.removeprefix("sqlite:///")).parent / "mlartifacts" / name).as_uri()
        return str(self._client.create_experiment(name, artifact_location=place))


def _uri_of(path: str | None) -> str:
    given = os.environ.get("MLFLOW_TRACKING_URI")
    if path is None and given:
        return given
    return f"sqlite:///{Path(os.path.expanduser(path or 'mlflow.db')).resolve()}"


def _try_to_open(uri: str) -> None:
    """Raise `FileError` if a store cannot be opened, for which MLflow would try again for minutes."""
    if uri.startswith(("http://", "https://")):
        _try_to_reach(uri)
    elif uri.startswith("sqlite:///") and "?" not in uri and not uri.endswith(":memory:"):
        _try_to_open_file(Path(uri.removeprefix("sqlite:///")))


def _try_to_reach(uri: str) -> None:
    server = urlsplit(uri)
    try:
        port = server.port or (443 if server.scheme == "https" else 80)
        socket.create_connection((server.hostname or "", port), timeout=_SECONDS_TO_REACH).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(
            f"the server {uri} of MLflow does not answer: {reason}; start it, or change MLFLOW_TRACKING_URI"
        ) from None


def _try_to_open_file(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=60)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("SELECT name FROM sqlite_master").fetchall()
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise gn.FileError(f"cannot open the store {file} of MLflow: {reason}; choose another file") from None


@contextmanager
def _in_one_sentence(uri: str) -> Iterator[None]:
    """Raise `FileError` if the store does not answer, or has no such run."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise gn.FileError(f"the store {uri} of MLflow refused the run: {error}; check the address") from error


def _client_of(uri: str) -> Any:
    # Nothing is sent to its makers, git is not looked for, and files are sent without a bar of their own.
    for name, value in (
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("GIT_PYTHON_REFRESH", "quiet"),
        ("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false"),
    ):
        os.environ.setdefault(name, value)
    with gn.needs_extra("the callback mlflow needs the packages mlflow-skinny, sqlalchemy and alembic", "mlflow"):
        import alembic
        import sqlalchemy
        from mlflow.tracking import MlflowClient
    _ = alembic, sqlalchemy
    for library in ("mlflow", "alembic"):  # which tell each table that they make
        logging.getLogger(library).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=uri)
