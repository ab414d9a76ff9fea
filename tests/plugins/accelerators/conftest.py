"""What tests of accelerators share."""

import functools

import pytest


@pytest.fixture
def team(threads, monkeypatch):
    """Return a function that sets the number of threads of a new team."""
    from glassnet_accelerators import compiled_team

    start_team = compiled_team._team.__wrapped__

    def set_number(count):
        threads(count)
        monkeypatch.setattr(compiled_team, "num_threads", lambda: count)
        monkeypatch.setattr(compiled_team, "_team", functools.cache(start_team))
        return compiled_team._team()

    return set_number
