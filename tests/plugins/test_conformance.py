"""Every component that ships passes the checks that are there for everybody's, through the same way in."""

import pytest

from glassnet_testing import installed, parametrize_with_checks


class _Store:
    """A store of MLflow that keeps nothing: the real one takes seconds, and has tests of its own."""

    def __init__(self, path):
        pass

    def start(self, *_):
        return "1"

    def reopen(self, run_id):
        return 0

    def log(self, *_):
        pass

    save_model = end = log


@pytest.fixture(autouse=True)
def store(monkeypatch):
    monkeypatch.setattr("glassnet_trackers.mlflow_tracker.Store", _Store)


@parametrize_with_checks(installed("glassnet"))
def test_a_shipped_component_keeps_to_its_kind(check):
    check()
