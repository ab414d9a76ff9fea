"""When fusing pays: sooner if compiled code is there; and for other bytes by the length of the run alone.

The steps are worked out by hand, from 3 microseconds a step and half a nanosecond an element: 669,706 parameters save
0.338 ms a step.
"""

from __future__ import annotations

import sys

import pytest

from glassnet_fusion import choice
from glassnet_machine_code import code_cache


@pytest.fixture
def process(monkeypatch):
    """Return a function that sets whether the compiler is imported, and whether its cache holds code."""

    def set_both(is_imported, holds_code):
        monkeypatch.setattr(choice, "holds_code", lambda: holds_code)
        if is_imported:
            monkeypatch.setitem(sys.modules, "llvmlite", object())
        else:
            monkeypatch.delitem(sys.modules, "llvmlite", raising=False)

    return set_both


@pytest.mark.parametrize(
    ("is_imported", "holds_code", "steps"),
    [(False, True, 208), (False, False, 326), (True, True, 30), (True, False, 148)],
)
def test_fusing_pays_from_a_number_of_steps_on(is_imported, holds_code, steps, process):
    process(is_imported, holds_code)
    assert choice._pays(669_706, steps, 1)
    assert not choice._pays(669_706, steps - 1, 1)


@pytest.mark.parametrize("is_imported", [True, False])
@pytest.mark.parametrize("holds_code", [True, False])
def test_what_changes_bytes_depends_on_the_run_alone(is_imported, holds_code, process):
    process(is_imported, holds_code)
    assert choice.is_worth_other_bytes(669_706, 592)
    assert not choice.is_worth_other_bytes(669_706, 591)


def test_a_cache_is_looked_into(tmp_path, monkeypatch):
    monkeypatch.setattr(code_cache, "folder", lambda: tmp_path / "cache")
    look = code_cache.holds_code.__wrapped__
    assert not look()
    code_cache.cached("a formula", lambda: b"its code")
    assert look()
