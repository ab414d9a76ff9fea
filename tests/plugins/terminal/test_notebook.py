"""Whether a program runs in a notebook."""

import sys
from types import SimpleNamespace

import pytest

from glassnet_terminal.notebook import in_notebook


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=object()), True)],
    ids=["no shell", "a shell in a terminal", "the kernel of a notebook"],
)
def test_a_notebook_is_a_shell_with_a_kernel(monkeypatch, shell, expected):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert in_notebook() is expected


def test_without_ipython_there_is_no_notebook_and_none_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert in_notebook() is False
    assert "IPython" not in sys.modules
