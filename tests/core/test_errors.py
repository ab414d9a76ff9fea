"""Errors: what a caller can catch, and that they survive a trip to another process."""

from __future__ import annotations

import inspect
import pickle

import pytest

from glassnet import errors
from glassnet.errors import GlassnetError, PluginLoadError, UnknownComponentError

ERRORS = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, GlassnetError)]


@pytest.mark.parametrize("error", [error for error in ERRORS if error is not GlassnetError])
def test_every_error_is_a_glassnet_error_and_a_builtin_one(error):
    builtin = [base for base in error.__mro__ if base.__module__ == "builtins"]
    assert builtin[0] not in (Exception, BaseException, object)


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_can_be_sent_to_another_process(error):
    arguments = ("activation 'a'", "dist", "1.0", "m:A", 'it\'s "broken"') if error is PluginLoadError else ("it's",)
    raised = error(*arguments)
    again = pickle.loads(pickle.dumps(raised))
    assert (type(again), str(again)) == (error, str(raised))
    assert str(raised) == "it's" or error is PluginLoadError


def test_the_message_of_a_broken_plugin_says_all_that_it_takes_to_act():
    error = PluginLoadError("activation 'a'", "glassnet-a", "1.0", "glassnet_a:A", "ValueError: x")
    assert str(error) == (
        "activation 'a' from glassnet-a 1.0 (glassnet_a:A) cannot be used: ValueError: x; "
        "upgrade, reinstall or uninstall glassnet-a, or set GLASSNET_DISABLE=glassnet-a"
    )
    assert (error.distribution, error.version, error.target, error.cause) == (
        "glassnet-a", "1.0", "glassnet_a:A", "ValueError: x"
    )  # fmt: skip


def test_a_key_error_does_not_put_its_message_in_quotes():
    assert str(UnknownComponentError("unknown layer 'x'")) == "unknown layer 'x'"
