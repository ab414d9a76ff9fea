"""The checks that every component has to pass."""

from glassnet.testing import parametrize_with_checks


@parametrize_with_checks(["dataset:parity", "layer:scale", "callback:time_limit", "command:important"])
def test_components(check):
    check()
