"""What tests of plugins share."""

import pytest


@pytest.fixture
def team(threads, monkeypatch):
    """Return a function that sets the number of threads of a new team."""
    from glassnet_accelerators import compiled_team

    def set_number(count):
        threads(count)
        monkeypatch.setattr(compiled_team, "num_threads", lambda: count)
        return compiled_team._team(count)

    return set_number
