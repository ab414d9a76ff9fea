"""Each test of an activation computes with the formulas, and again with the accelerators that are always used."""

from tests.plugins.both_ways import computed_by  # noqa: F401  # a fixture for all tests of the folder
