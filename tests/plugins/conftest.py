"""What tests of plugins share."""

import pytest


@pytest.fixture
def team(threads, monkeypatch):
    """Return a function that sets the number of threads of a new team."""
    team = pytest.importorskip("glassnet_machine_code.team")

    def set_number(count):
        threads(count)
        monkeypatch.setattr(team, "num_threads", lambda: count)
        return team._team(count)

    return set_number
