"""Every component that ships passes the checks that are there for everybody's, through the same way in."""

from glassnet_testing import installed, parametrize_with_checks


@parametrize_with_checks(installed("glassnet"))
def test_a_shipped_component_keeps_to_its_kind(check):
    check()
