"""Without PyTorch and Keras, what needs them says so. tests/oracle compares with both."""

import re
import sys

import pytest

import glassnet as gn


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.to_torch(), 'to_torch needs PyTorch, which is not installed: pip install "glassnet[torch]"'),
        (
            lambda net: gn.from_torch(net),
            'from_torch needs PyTorch, which is not installed: pip install "glassnet[torch]"',
        ),
        (lambda net: net.to_keras(), 'to_keras needs Keras, which is not installed: pip install "glassnet[keras]"'),
        (
            lambda net: gn.from_keras(net),
            'from_keras needs Keras, which is not installed: pip install "glassnet[keras]"',
        ),
    ],
)
def test_a_library_that_is_not_installed_is_named(call, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(gn.MissingExtraError, match=re.escape(message)):
        call(gn.Network("dense(2)").build(3))


def test_a_backend_of_keras_that_is_not_installed_is_told(monkeypatch):
    def without_a_backend(name):
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr("importlib.import_module", without_a_backend)
    with pytest.raises(
        gn.MissingExtraError, match=r"cannot start: No module named 'tensorflow'; set KERAS_BACKEND=torch"
    ):
        gn.Network("dense(2)").build(3).to_keras()


def test_methods_and_names_are_listed():
    assert {"to_torch", "to_keras"} <= set(dir(gn.Network("dense(2)")))
    assert {"from_torch", "from_keras"} <= set(dir(gn))
