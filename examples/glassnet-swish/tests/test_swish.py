"""The checks that every activation has to pass."""

from glassnet.testing import parametrize_with_checks


@parametrize_with_checks(["activation:swish"])
def test_swish(check):
    check()
